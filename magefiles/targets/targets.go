// Package targets has the public Mage targets below it, one package a
// namespace: a magefile imports those that it wants. A target parses nothing
// and decides nothing: it makes one call into internal/command. Here is what
// the plugins' generated targets call.
package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// PluginCall is a command of a plugin as it was typed. The package that
// plugin:sync generates makes them.
type PluginCall struct {
	Plugin, Command string
	Arguments       []string
	Flags           PluginFlags
}

// PluginFlags are pointers to string, bool, int or time.Duration; a nil one was
// not given.
type PluginFlags map[string]any

// Run finds the plugin and runs the command; the process ends with its exit
// code.
func (c PluginCall) Run(ctx context.Context) error {
	return target.Exit(plugin.Invoke(ctx, target.Run(), plugin.Call{
		Plugin: c.Plugin, Command: c.Command, Arguments: c.Arguments, Flags: c.Flags}))
}
