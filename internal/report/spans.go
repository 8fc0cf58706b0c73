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
	r = r.fit(width)
	var b strings.Builder
	for i, s := range r {
		text := s.text
		if i == len(r)-1 {
			text = strings.TrimRight(text, " ")
		}
		b.WriteString(p.paint(s.tone, text))
	}
	return b.String()
}

// fit drops what is beyond width and ends in an ellipsis where it did.
func (r row) fit(width int) row {
	total := 0
	for _, s := range r {
		total += columns(s.text)
	}
	if total <= width {
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
