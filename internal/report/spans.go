package report

import "strings"

// span is a piece of a line in one tone.
type span struct {
	text string
	tone tone
}

// row is one line in pieces, so that it is cut by columns before it is
// painted.
type row []span

// render paints the line, cut to width columns and without trailing blanks.
func (r row) render(p palette, width int) string {
	var b strings.Builder
	for _, s := range r.trim().fit(width) {
		b.WriteString(p.paint(s.tone, s.text))
	}
	return b.String()
}

// trim takes blanks off the end.
func (r row) trim() row {
	for n := len(r); n > 0; n-- {
		if text := strings.TrimRight(r[n-1].text, " "); text != "" {
			return append(r[:n-1:n-1], span{text, r[n-1].tone})
		}
	}
	return nil
}

// fit drops what is beyond width and ends in an ellipsis where it did.
func (r row) fit(width int) row {
	if r.columns() <= width {
		return r
	}
	var out row
	for _, s := range r {
		n := columns(s.text)
		if n >= width {
			return append(out, span{cut(s.text+" ", width), s.tone})
		}
		out, width = append(out, s), width-n
	}
	return out
}

// columns is how many columns the line takes.
func (r row) columns() int {
	n := 0
	for _, s := range r {
		n += columns(s.text)
	}
	return n
}
