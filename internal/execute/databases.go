package execute

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// dumper dumps databases: of this machine's engine, or on the server that is
// deployed to.
type dumper interface {
	Dump(ctx context.Context, a plan.DumpDatabase, note func(engine.Note)) error
}

// importer loads dumps.
type importer interface {
	Import(ctx context.Context, a plan.ImportDatabase, note func(engine.Note)) error
}

// Filler fills volumes from snapshots.
type Filler interface {
	Fill(ctx context.Context, a plan.FillVolumes) error
}

func (r *Runner) handleDatabases(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.DumpDatabase, c call) error { return r.Dumps.Dump(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.ImportDatabase, c call) error {
		return r.Imports.Import(ctx, a, c.note)
	})
	on(all, func(ctx context.Context, a plan.FillVolumes, _ call) error { return r.Fills.Fill(ctx, a) })
}
