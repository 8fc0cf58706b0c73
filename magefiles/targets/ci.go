package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// CI runs the checks of this repository, from formatting to a real engine.
func CI(ctx context.Context,
	only *string, // some of the checks, comma separated: generated, lint, vet, shellcheck, build, unit, fuzz, e2e
) error {
	return flow().CI(ctx, workflow.CIOptions{Only: list(only)})
}
