package workflow

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/report"
)

// Guarded runs do as every target here is run: signals end its context, and its
// error gets its exit code. It is for a magefile's own tasks.
func (w *Workflow) Guarded(ctx context.Context, do func(context.Context) error) error {
	return w.guarded(ctx, do)
}

// Root is the repository's directory.
func (w *Workflow) Root() string { return w.layout().Root }

// Reports say how a run shows its progress, on standard error, and its tables,
// on standard output.
func (w *Workflow) Reports() (progress, tables report.Options) {
	f := w.format(false)
	return f.options, f.tables
}
