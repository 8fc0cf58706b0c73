package plugin

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Add brings a plugin of somebody else, after it has shown what it may do: mage plugin:add MODULE@VERSION, or PATH.
func (Plugin) Add(ctx context.Context, source string,
	grant *string, // permissions that it gets, comma separated
	yes *bool, // do not ask
) error {
	return plugin.Add(ctx, target.Run(), plugin.AddOptions{Source: source, Grant: target.List(grant), Yes: target.Value(yes)})
}

// Remove forgets a plugin of somebody else: mage plugin:remove NAME.
func (Plugin) Remove(ctx context.Context, name string) error {
	return plugin.Remove(ctx, target.Run(), name)
}

// Verify compares every plugin with plugins/plugins.lock; exit code 3 where one is different.
func (Plugin) Verify(ctx context.Context,
	locked *bool, // build and fetch nothing that is not in the lock
	json *bool, // one JSON document on standard output
) error {
	return plugin.Verify(ctx, target.Run(), target.Value(locked), target.Value(json))
}
