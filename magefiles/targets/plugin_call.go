package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/workflow"
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
	return leave(flow().PluginInvoke(ctx, workflow.PluginCall{
		Plugin: c.Plugin, Command: c.Command, Arguments: c.Arguments, Flags: c.Flags}))
}
