package workflow

import (
	"github.com/infinitescribe/spellbook/internal/report"
)

// format is how a target reports.
type format struct {
	json    bool
	options report.Options // of progress, on standard error
	tables  report.Options // of results, on standard output
}

func (w *Workflow) format(json bool) format {
	mode, color := report.Detect(w.Getenv, w.ErrTerminal, json)
	o := report.Options{Mode: mode, Out: w.Out, Err: w.Err, Width: w.Width, Color: color, Now: w.Now}
	tables := o
	_, tables.Color = report.Detect(w.Getenv, w.OutTerminal, json)
	return format{json: json, options: o, tables: tables}
}
