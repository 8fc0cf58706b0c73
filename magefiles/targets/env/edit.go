package env

import (
	"context"

	command "github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Set sets a variable: mage env:set NAME=VALUE; a secret's value comes by standard input: mage env:set NAME.
func (Env) Set(ctx context.Context, assignment string,
	env *string, // in which environment (the active one)
) error {
	return command.Set(ctx, target.Run(), assignment, target.Value(env))
}

// Rotate generates a new value for a secret and says which services need it: mage env:rotate POSTGRES_PASSWORD.
func (Env) Rotate(ctx context.Context, variable string,
	env *string, // in which environment (the active one)
) error {
	return command.Rotate(ctx, target.Run(), variable, target.Value(env))
}

// Sync adds what the template gained to an environment; shows it first.
func (Env) Sync(ctx context.Context,
	env *string, // which environment (the active one)
	yes *bool, // do not ask
	dry *bool, // show it and change nothing
) error {
	return command.Sync(ctx, target.Run(), command.SyncOptions{Env: target.Value(env), Yes: target.Value(yes), Dry: target.Value(dry)})
}

// Isolate gives this checkout's active environment a Compose project and ports of its own.
func (Env) Isolate(ctx context.Context,
	name *string, // of the project (from the environment and the checkout's directory)
	undo *bool, // brings back what was
) error {
	return command.Isolate(ctx, target.Run(), command.IsolateOptions{Name: target.Value(name), Undo: target.Value(undo)})
}

// Template writes the template, or adds the variables to it that the Compose files read.
func (Env) Template(ctx context.Context) error { return command.Template(ctx, target.Run()) }
