package environ

import (
	"fmt"
	"slices"
	"strings"
)

// lineProblem is what is wrong with a line of a document that has no name yet.
type lineProblem struct {
	line    int
	problem string
}

func (p lineProblem) Error() string { return fmt.Sprintf("line %d: %s", p.line, p.problem) }

// texts are the texts of the entries, for a new document to be made of.
func (d Document) texts() []string {
	texts := make([]string, len(d.Entries))
	for i, e := range d.Entries {
		texts[i] = e.Text
	}
	return texts
}

// assemble makes a document whose entries have exactly these texts; ok is false
// if they run into each other.
func assemble(texts []string) (d Document, ok bool) {
	d = ParseDocument(strings.Join(texts, ""))
	return d, slices.Equal(d.texts(), texts)
}

// insertLines puts whole lines before texts[at], and ends the line above if it
// has no line break.
func insertLines(texts []string, at int, lineBreak string, lines ...string) []string {
	texts = slices.Clone(texts)
	if at > 0 && texts[at-1] != byteOrderMark && !strings.HasSuffix(texts[at-1], "\n") {
		texts[at-1] += lineBreak
	}
	return slices.Insert(texts, at, lines...)
}

// end is the index above the blank lines at the end.
func (d Document) end() int {
	i := len(d.Entries)
	for i > 0 && d.Entries[i-1].Kind == Blank && d.Entries[i-1].Text != byteOrderMark {
		i--
	}
	return i
}

// lineBreak is the one that the document uses: its first.
func (d Document) lineBreak() string {
	before, _, found := strings.Cut(d.String(), "\n")
	if found && strings.HasSuffix(before, "\r") {
		return "\r\n"
	}
	return "\n"
}

// lineStart moves an index down to where a line starts: an entry may begin
// after the closing quote of the one before it.
func (d Document) lineStart(i int) int {
	for i > 0 && i < len(d.Entries) && !d.startsLine(i) {
		i++
	}
	return i
}

func (d Document) startsLine(i int) bool { return startsLine(d.Entries[i-1].Text) }

// startsLine reports whether what follows a text starts a line.
func startsLine(above string) bool {
	return above == byteOrderMark || strings.HasSuffix(above, "\n")
}

// withBreak is a text that ends in lineBreak, whatever it ended in.
func withBreak(text, lineBreak string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r") + lineBreak
}
