package targets

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Bench measures Spellbook against Compose and Mage and writes docs/benchmarks.md.
func Bench(ctx context.Context,
	rounds *int, // cold starts of each side (3)
	only *string, // some parts only, printed: cold,noop,status,launcher,model,schedule,plugins,builds
) error {
	return flow().Bench(ctx, workflow.BenchOptions{Rounds: value(rounds), Only: value(only)})
}
