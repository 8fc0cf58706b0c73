package report

import (
	"strings"
)

// Span is a piece of a line in one tone.
type Span struct {
	Text string
	Tone Tone
}

// Row is one line in pieces, so that it is cut by columns before it is
// painted.
type Row []Span

// Render paints the line, cut to width columns and without trailing blanks.
func (r Row) Render(p Palette, width int) string {
	var b strings.Builder
	for _, s := range r.trim().fit(width) {
		b.WriteString(p.paint(s.Tone, s.Text))
	}
	return b.String()
}

// trim takes blanks off the end.
func (r Row) trim() Row {
	for n := len(r); n > 0; n-- {
		if text := strings.TrimRight(r[n-1].Text, " "); text != "" {
			return append(r[:n-1:n-1], Span{text, r[n-1].Tone})
		}
	}
	return nil
}

// fit drops what is beyond width and ends in an ellipsis where it did.
func (r Row) fit(width int) Row {
	if r.columns() <= width {
		return r
	}
	var out Row
	for _, s := range r {
		n := Columns(s.Text)
		if n >= width {
			return append(out, Span{Cut(s.Text+" ", width), s.Tone})
		}
		out, width = append(out, s), width-n
	}
	return out
}

// columns is how many columns the line takes.
func (r Row) columns() int {
	n := 0
	for _, s := range r {
		n += Columns(s.Text)
	}
	return n
}
