// Package plugin has the targets that look after plugins. A magefile imports it
// alone or beside other namespaces.
package plugin

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Plugin looks after the plugins: optional services with commands of their own.
type Plugin mg.Namespace

// List shows all plugins: version, kind, enabled, services and permissions.
func (Plugin) List(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return plugin.List(ctx, target.Run(), target.Value(json))
}

// Info shows a plugin's documentation: variables, ports, commands, hooks, permissions: mage plugin:info kafka.
func (Plugin) Info(ctx context.Context, name string,
	json *bool, // one JSON document on standard output
) error {
	return plugin.Info(ctx, target.Run(), name, target.Value(json))
}

// Enable puts a plugin into the stack: mage plugin:enable kafka.
func (Plugin) Enable(ctx context.Context, name string) error {
	return plugin.Enable(ctx, target.Run(), name)
}

// Disable takes a plugin out of the stack; its variables and volumes stay: mage plugin:disable kafka.
func (Plugin) Disable(ctx context.Context, name string) error {
	return plugin.Disable(ctx, target.Run(), name)
}

// New writes a plugin that builds and passes its tests: mage plugin:new orders.
func (Plugin) New(ctx context.Context, name string) error {
	return plugin.New(ctx, target.Run(), name)
}

// Test runs the conformance kit on a plugin; exit code 1 when a check fails: mage plugin:test orders.
func (Plugin) Test(ctx context.Context, name string,
	live *bool, // on the running stack, also what changes it: hooks twice, backup and restore
	yes *bool, // do not ask
) error {
	return plugin.Test(ctx, target.Run(), plugin.TestOptions{Name: name, Live: target.Value(live), Yes: target.Value(yes)})
}

// Sync writes the plugins' commands anew as targets of Mage.
func (Plugin) Sync(ctx context.Context,
	check *bool, // change nothing; exit code 3 when they are out of date
) error {
	return plugin.Sync(ctx, target.Run(), target.Value(check))
}

// Backup writes the data of a plugin's services into a new directory: mage plugin:backup minio ./minio-backup.
func (Plugin) Backup(ctx context.Context, name, directory string) error {
	return plugin.Backup(ctx, target.Run(), name, directory)
}

// Restore puts a backup back, once every file of it is found to be what was written: mage plugin:restore minio ./minio-backup.
func (Plugin) Restore(ctx context.Context, name, directory string,
	yes *bool, // do not ask
) error {
	return plugin.Restore(ctx, target.Run(), name, directory, target.Value(yes))
}
