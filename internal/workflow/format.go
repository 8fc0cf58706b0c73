package workflow

import (
	"github.com/infinitescribe/spellbook/internal/failure"
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
	tables.Mode, tables.Color = report.Detect(w.Getenv, w.OutTerminal, json)
	if !w.OutTerminal {
		tables.Width = unfolded
	}
	return format{json: json, options: o, tables: tables}
}

// legible is an error whose lines a terminal need not break anywhere.
type legible struct {
	error
	text string
}

func (l legible) Error() string { return l.text }

// Unwrap returns the error as it was.
func (l legible) Unwrap() error { return l.error }

// legibly breaks the lines of an error between words where it is for a
// terminal. Mage writes "Error: " before it.
func (w *Workflow) legibly(err error) error {
	if err == nil || !w.ErrTerminal {
		return err
	}
	text := report.Hang(err.Error(), w.columns(), len("Error: "))
	if text == err.Error() {
		return err
	}
	if status, ok := err.(interface{ ExitStatus() int }); ok {
		return coded{legible{err, text}, failure.Code(status.ExitStatus())}
	}
	return legible{err, text}
}

// columns are those of the terminal.
func (w *Workflow) columns() int {
	if w.Width <= 0 {
		return 80
	}
	return w.Width
}

// folded breaks a line of a result between words where a terminal would break
// it anywhere.
func (w *Workflow) folded(text string) string {
	if !w.OutTerminal {
		return text
	}
	return report.Fold(text, w.columns())
}
