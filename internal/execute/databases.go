package execute

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// databases dumps and loads what is in databases, for the targets that do: on this
// machine's engine, or on the server that is deployed to.
type databases interface {
	Dump(ctx context.Context, a plan.DumpDatabase, note func(engine.Note)) error
	Import(ctx context.Context, a plan.ImportDatabase, note func(engine.Note)) error
}

func (r *Runner) handleDatabases(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.DumpDatabase, c call) error { return r.Databases.Dump(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.ImportDatabase, c call) error {
		return r.Databases.Import(ctx, a, c.note)
	})
}
