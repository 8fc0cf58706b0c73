package report

import "github.com/fatih/color"

// tone is what a piece of text means; the palette says how that looks.
type tone int

const (
	normal tone = iota
	good
	bad
	warn
	busy
	faint
	strong
)

// palette paints text, or leaves it as it is.
type palette map[tone]*color.Color

func newPalette(on bool) palette {
	p := palette{
		good:   color.New(color.FgGreen),
		bad:    color.New(color.FgRed, color.Bold),
		warn:   color.New(color.FgYellow),
		busy:   color.New(color.FgCyan),
		faint:  color.New(color.Faint),
		strong: color.New(color.Bold),
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

func (p palette) paint(t tone, s string) string {
	c, ok := p[t]
	if !ok || s == "" {
		return s
	}
	return c.Sprint(s)
}

// toneOf is the tone of a service's state.
func toneOf(s State) tone {
	switch s {
	case Ready, Completed:
		return good
	case Failed, Unhealthy, Exited:
		return bad
	case Starting:
		return busy
	}
	return faint
}

// markOf is the mark of a service's state.
func markOf(s State) string {
	switch toneOf(s) {
	case good:
		return "✔"
	case bad:
		return "✖"
	case busy:
		return "…"
	}
	return "·"
}
