package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Show shows the active environment: every variable, its value and where that is from.
func (Env) Show(ctx context.Context,
	json *bool, // one JSON document on standard output
	reveal *bool, // secrets in plain text; asks first, on a terminal only
) error {
	return flow().EnvShow(ctx, workflow.EnvShowOptions{JSON: value(json), Reveal: value(reveal)})
}

// List lists the environments: which is active, complete, on which engine, deployed where.
func (Env) List(ctx context.Context) error { return flow().EnvList(ctx) }

// Check looks for all that is wrong with an environment; exit code 3 on an error.
func (Env) Check(ctx context.Context,
	env *string, // which environment (the active one)
	json *bool, // one JSON document on standard output
) error {
	return flow().EnvCheck(ctx, workflow.EnvCheckOptions{Env: value(env), JSON: value(json)})
}

// Explain says who sets a variable, who wins, and who reads it: mage env:explain POSTGRES_PORT.
func (Env) Explain(ctx context.Context, variable string) error {
	return flow().EnvExplain(ctx, variable)
}

// Diff shows what is different in two environments: mage env:diff local dev.
func (Env) Diff(ctx context.Context, a, b string) error { return flow().EnvDiff(ctx, a, b) }

// Export writes variables for other programs; secrets only where each is named.
func (Env) Export(ctx context.Context,
	format *string, // dotenv, shell, json or github (dotenv)
	prefix *string, // only variables whose names begin so: VITE_
	only *string, // only these, comma separated; names secrets
) error {
	return flow().EnvExport(ctx, workflow.EnvExportOptions{Format: value(format), Prefix: value(prefix), Only: list(only)})
}
