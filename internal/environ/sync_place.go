package environ

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// place is where new lines go, as an index into a document's entries, and what
// stands around the variable there, as lines without line breaks.
type place struct {
	at           int
	above, below []string
}

// place puts the template's i-th variable next to its neighbours, below the
// comments that it has in the template, and apart from others where it is there.
func (s *syncer) place(i int) place {
	detached, attached := s.template.lead(i)
	at, after := s.afterNeighbour(i)
	if !after {
		at = s.beforeNeighbour(i)
	}
	var above []string
	for _, block := range detached {
		if found := findBlock(s.doc, block); found < 0 {
			above = append(append(above, ""), block...)
		} else if after && found > at {
			at = found // below the heading that the document has already
		}
	}
	if s.template.blankAbove(i) {
		above = append(above, "")
	}
	p := place{at: at, above: append(s.fit(at, above), attached...)}
	if !after && i+1 < len(s.template.Variables) && s.template.blankAbove(i+1) && at < s.doc.End() {
		p.below = []string{""}
	}
	return p
}

// fit drops the blank line at the top where there is one already, or nothing
// to be apart from.
func (s *syncer) fit(at int, above []string) []string {
	isApart := at == 0 || s.doc.Entries[at-1].Kind == dotenv.Blank
	switch {
	case len(above) > 0 && isApart:
		return above[1:]
	case len(above) == 0 && !isApart && s.doc.Entries[at-1].Kind == dotenv.Comment:
		return []string{""} // or that comment would seem to be about this variable
	}
	return above
}

// afterNeighbour is the place below the nearest variable above it in the
// template that the document has.
func (s *syncer) afterNeighbour(i int) (at int, found bool) {
	for _, v := range slices.Backward(s.template.Variables[:i]) {
		if w := s.doc.Winner(v.Name); w >= 0 {
			return s.doc.LineStart(w + 1), true
		}
	}
	return 0, false
}

// beforeNeighbour is the place above the nearest variable below it, or the end.
func (s *syncer) beforeNeighbour(i int) int {
	for _, v := range s.template.Variables[i+1:] {
		w := firstOf(s.doc, v.Name)
		if w < 0 {
			continue
		}
		for w > 0 && (!s.doc.StartsLine(w) || s.doc.Entries[w-1].Kind == dotenv.Comment) {
			w--
		}
		return w
	}
	return s.doc.End()
}

func firstOf(d dotenv.Document, name string) int {
	return slices.IndexFunc(d.Entries, func(e dotenv.Entry) bool { return e.Name == name })
}

// lead takes apart what is between the template's i-th variable and the one
// above it: blocks of comments that stand alone, and the comments directly above.
func (t Template) lead(i int) (detached [][]string, attached []string) {
	entries := t.Document.Entries
	end := t.index(t.Variables[i].Name)
	start := end
	for start > 0 && (entries[start-1].Kind == dotenv.Comment || entries[start-1].Kind == dotenv.Blank) {
		start--
	}
	for _, e := range entries[start:end] {
		switch {
		case e.Kind == dotenv.Comment:
			attached = append(attached, dotenv.WithBreak(e.Text, ""))
		case len(attached) > 0:
			detached, attached = append(detached, attached), nil
		}
	}
	if start == 0 && len(detached) > 0 {
		detached = detached[1:] // the head of the template is about the template
	}
	return detached, attached
}

// blankAbove reports whether a blank line keeps the i-th variable and its
// comments apart from what is above.
func (t Template) blankAbove(i int) bool {
	at := t.index(t.Variables[i].Name)
	for at > 0 && t.Document.Entries[at-1].Kind == dotenv.Comment {
		at--
	}
	return at > 0 && t.Document.Entries[at-1].Kind == dotenv.Blank
}

// findBlock is the index below the last place that has exactly these comment
// lines and the blank lines after them, or -1.
func findBlock(d dotenv.Document, block []string) int {
	for at := len(d.Entries) - len(block); at >= 0; at-- {
		if hasBlock(d, at, block) {
			at += len(block)
			for at < len(d.Entries) && d.Entries[at].Kind == dotenv.Blank {
				at++
			}
			return at
		}
	}
	return -1
}

func hasBlock(d dotenv.Document, at int, block []string) bool {
	for i, line := range block {
		if e := d.Entries[at+i]; e.Kind != dotenv.Comment || dotenv.WithBreak(e.Text, "") != line {
			return false
		}
	}
	return true
}
