package app

import (
	"github.com/infinitescribe/spellbook/internal/report"
)

// Root is the repository's directory.
func (w *Run) Root() string { return w.ProjectLayout().Root }

// Reports say how a run shows its progress, on standard error, and its tables,
// on standard output.
func (w *Run) Reports() (progress, tables report.Options) {
	f := w.Format(false)
	return f.Options, f.Tables
}
