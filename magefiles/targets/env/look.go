package env

import (
	"context"

	command "github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Show shows the active environment: every variable, its value and where that is from.
func (Env) Show(ctx context.Context,
	json *bool, // one JSON document on standard output
	reveal *bool, // secrets in plain text; asks first, on a terminal only
) error {
	return command.Show(ctx, target.Run(), command.ShowOptions{JSON: target.Value(json), Reveal: target.Value(reveal)})
}

// List lists the environments: which is active, complete, on which engine, deployed where.
func (Env) List(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return command.List(ctx, target.Run(), target.Value(json))
}

// Check looks for all that is wrong with an environment; exit code 3 on an error.
func (Env) Check(ctx context.Context,
	env *string, // which environment (the active one)
	json *bool, // one JSON document on standard output
) error {
	return command.Check(ctx, target.Run(), command.CheckOptions{Env: target.Value(env), JSON: target.Value(json)})
}

// Explain says who sets a variable, who wins, and who reads it: mage env:explain POSTGRES_PORT.
func (Env) Explain(ctx context.Context, variable string,
	json *bool, // one JSON document on standard output
) error {
	return command.Explain(ctx, target.Run(), variable, target.Value(json))
}

// Diff shows what is different in two environments: mage env:diff local dev.
func (Env) Diff(ctx context.Context, a, b string,
	json *bool, // one JSON document on standard output
) error {
	return command.Diff(ctx, target.Run(), a, b, target.Value(json))
}

// Export writes variables for other programs; secrets only where each is named.
func (Env) Export(ctx context.Context,
	format *string, // dotenv, shell, json or github (dotenv)
	prefix *string, // only variables whose names begin so: VITE_
	only *string, // only these, comma separated; names secrets
) error {
	return command.Export(ctx, target.Run(), command.ExportOptions{Format: target.Value(format), Prefix: target.Value(prefix), Only: target.List(only)})
}
