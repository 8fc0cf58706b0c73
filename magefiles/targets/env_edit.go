package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Set sets a variable: mage env:set NAME=VALUE; a secret's value comes by standard input: mage env:set NAME.
func (Env) Set(ctx context.Context, assignment string,
	env *string, // in which environment (the active one)
) error {
	return flow().EnvSet(ctx, assignment, value(env))
}

// Rotate generates a new value for a secret and says which services need it: mage env:rotate POSTGRES_PASSWORD.
func (Env) Rotate(ctx context.Context, variable string,
	env *string, // in which environment (the active one)
) error {
	return flow().EnvRotate(ctx, variable, value(env))
}

// Sync adds what the template gained to an environment; shows it first.
func (Env) Sync(ctx context.Context,
	env *string, // which environment (the active one)
	yes *bool, // do not ask
	dry *bool, // show it and change nothing
) error {
	return flow().EnvSync(ctx, workflow.EnvSyncOptions{Env: value(env), Yes: value(yes), Dry: value(dry)})
}

// Isolate gives this checkout's active environment a Compose project and ports of its own.
func (Env) Isolate(ctx context.Context,
	name *string, // of the project (from the environment and the checkout's directory)
	undo *bool, // brings back what was
) error {
	return flow().EnvIsolate(ctx, workflow.EnvIsolateOptions{Name: value(name), Undo: value(undo)})
}

// Template writes the template, or adds the variables to it that the Compose files read.
func (Env) Template(ctx context.Context) error { return flow().EnvTemplate(ctx) }
