package report

import (
	"github.com/fatih/color"

	"github.com/infinitescribe/spellbook/internal/status"
)

// Tone is what a piece of text means; the palette says how that looks.
type Tone int

// The tones.
const (
	Normal Tone = iota
	Good
	Bad
	Warn
	Busy
	Faint
	Strong
)

// Palette paints text, or leaves it as it is.
type Palette map[Tone]*color.Color

// NewPalette has colours, or none.
func NewPalette(on bool) Palette {
	p := Palette{
		Good:   color.New(color.FgGreen),
		Bad:    color.New(color.FgRed, color.Bold),
		Warn:   color.New(color.FgYellow),
		Busy:   color.New(color.FgCyan),
		Faint:  color.New(color.Faint),
		Strong: color.New(color.Bold),
	}
	for _, c := range p {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return p
}

func (p Palette) paint(t Tone, s string) string {
	c, ok := p[t]
	if !ok || s == "" {
		return s
	}
	return c.Sprint(s)
}

// toneOf is the tone of a service's state.
func toneOf(s status.State) Tone {
	switch s {
	case status.Ready, status.Completed:
		return Good
	case status.Failed, status.Unhealthy, status.Exited:
		return Bad
	case status.Starting:
		return Busy
	}
	return Faint
}

// markOf is the mark of a service's state.
func markOf(s status.State) string {
	switch toneOf(s) {
	case Good:
		return "✔"
	case Bad:
		return "✖"
	case Busy:
		return "…"
	}
	return "·"
}
