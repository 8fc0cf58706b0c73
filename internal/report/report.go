// Package report shows Events and results: as a live tree on a terminal, a
// line an event without one, GitHub Actions' commands, or one JSON document.
// It never decides anything. It imports engine's, plan's and timeline's
// values, and failure.
package report

import (
	"io"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Mode is the form of a report.
type Mode int

// The modes. In JSON mode the progress is that of Plain, on Err; the one
// document goes to Out and is written by the caller.
const (
	Plain Mode = iota
	Terminal
	GitHub
	JSON
)

// Options say where a report goes and what it may use.
type Options struct {
	Mode  Mode
	Out   io.Writer // results
	Err   io.Writer // progress
	Width int       // columns of the terminal; 0 means 80
	// Height is the terminal's rows; 0 means 24. The live tree never has more.
	Height int
	// Size looks at the terminal anew before each frame of the live tree, so
	// that it survives a resize; zeros mean unknown. When nil, Err is asked if
	// it is a terminal.
	Size  func() (width, height int)
	Color bool
	Now   func() time.Time // nil means time.Now
	// Spell writes the commands of a text, "mage TARGET", as the user calls them;
	// nil leaves them.
	Spell func(text string) string
}

func (o Options) spell(text string) string {
	if o.Spell == nil {
		return text
	}
	return o.Spell(text)
}

// Reporter shows one run. Its methods are called by one goroutine at a time.
// It writes to Err only, ignores what writing fails with, and after Stop
// nothing at all.
type Reporter interface {
	// Start announces the plan that is about to run.
	Start(title string, p plan.Plan)
	// Event shows one event.
	Event(e engine.Event)
	// Stop ends the live part; nothing is drawn after it.
	Stop()
}

// New returns the reporter of o.Mode.
func New(o Options) Reporter {
	o = o.WithDefaults()
	switch o.Mode {
	case Terminal:
		return newTerminal(o)
	case GitHub:
		return newGitHub(o)
	}
	return newPlain(o)
}

// WithDefaults has a value for each option that was not given.
func (o Options) WithDefaults() Options {
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Height <= 0 {
		o.Height = 24
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// size is that of the terminal now.
func (o Options) size() (width, height int) {
	width, height = o.Width, o.Height
	if o.Size == nil {
		return width, height
	}
	w, h := o.Size()
	if w > 0 {
		width = w
	}
	if h > 0 {
		height = h
	}
	return width, height
}
