package app

import (
	"io"
	"sync"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Unwrapped is how wide a table may be where nobody looks at a terminal.
const Unwrapped = 1 << 12

// Format is how a target reports.
type Format struct {
	json    bool
	Options report.Options // of progress, on standard error
	Tables  report.Options // of results, on standard output: whole without a terminal
}

// Format is how this run reports: with json, as documents.
func (w *Run) Format(json bool) Format {
	mode, color := report.Detect(w.Getenv, w.ErrTerminal, json)
	o := report.Options{Mode: mode, Out: w.Out, Err: w.Err, Width: w.Width, Color: color, Now: w.Now, Spell: w.Spell}
	tables := o
	tables.Mode, tables.Color = report.Detect(w.Getenv, w.OutTerminal, json)
	if !w.OutTerminal {
		tables.Width = Unwrapped
	}
	return Format{json: json, Options: o, Tables: tables}
}

// wrappedError is an error whose lines a terminal need not break anywhere.
type wrappedError struct {
	error
	text string
}

func (l wrappedError) Error() string { return l.text }

// Unwrap returns the error as it was.
func (l wrappedError) Unwrap() error { return l.error }

// wrapped spells the commands of an error as the user calls them, and breaks
// its lines between words where it is for a terminal. Mage writes "Error: "
// before it.
func (w *Run) wrapped(err error) error {
	if err == nil {
		return nil
	}
	text := w.Spell(err.Error())
	if w.ErrTerminal {
		text = report.Hang(text, w.Columns(), len("Error: "))
	}
	if text == err.Error() {
		return err
	}
	if status, ok := err.(interface{ ExitStatus() int }); ok {
		return coded{wrappedError{err, text}, failure.Code(status.ExitStatus())}
	}
	return wrappedError{err, text}
}

// Columns are those of the terminal.
func (w *Run) Columns() int {
	if w.Width <= 0 {
		return 80
	}
	return w.Width
}

// Warn tells a warning, once a run; what nobody is to see is not told yet.
func (w *Run) Warn(text string) {
	if w.Err != io.Discard && !w.warned.again(text) {
		w.Tell("warning: %s", text)
	}
}

// warned are the warnings of a run.
type warned struct {
	mu    sync.Mutex
	texts map[string]bool
}

// again notes a warning, and reports whether it was noted before.
func (o *warned) again(text string) bool {
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.texts[text] {
		return true
	}
	if o.texts == nil {
		o.texts = map[string]bool{}
	}
	o.texts[text] = true
	return false
}
