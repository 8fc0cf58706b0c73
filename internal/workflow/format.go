package workflow

import (
	"github.com/infinitescribe/spellbook/internal/report"
)

// unfolded is how wide a table may be where nobody looks at a terminal.
const unfolded = 1 << 12

// format is how a target reports.
type format struct {
	json    bool
	options report.Options // of progress, on standard error
	tables  report.Options // of results, on standard output: whole without a terminal
}

func (w *Workflow) format(json bool) format {
	mode, color := report.Detect(w.Getenv, w.ErrTerminal, json)
	o := report.Options{Mode: mode, Out: w.Out, Err: w.Err, Width: w.Width, Color: color, Now: w.Now}
	tables := o
	_, tables.Color = report.Detect(w.Getenv, w.OutTerminal, json)
	if !w.OutTerminal {
		tables.Width = unfolded
	}
	return format{json: json, options: o, tables: tables}
}

// folded breaks a line of a result between words where a terminal would break
// it anywhere.
func (w *Workflow) folded(text string) string {
	if !w.OutTerminal {
		return text
	}
	if w.Width <= 0 {
		return report.Fold(text, 80)
	}
	return report.Fold(text, w.Width)
}
