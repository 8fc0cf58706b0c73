package dotenv

import (
	"fmt"
	"slices"
	"strings"
)

// LineError is what is wrong with a line of a document that has no name yet.
type LineError struct {
	Line    int
	Problem string
}

func (p LineError) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Problem) }

// In is the failure where the name of the file is known.
func (p LineError) In(file string) error {
	return refuse(Origin{Layer: EnvFile, File: file, Line: p.Line}, "%s", p.Problem)
}

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
	d = Parse(strings.Join(texts, ""))
	return d, slices.Equal(d.texts(), texts)
}

// insertLines puts whole lines before texts[at], and ends the line above if it
// has no line break.
func insertLines(texts []string, at int, lineBreak string, lines ...string) []string {
	texts = slices.Clone(texts)
	if at > 0 && texts[at-1] != ByteOrderMark && !strings.HasSuffix(texts[at-1], "\n") {
		texts[at-1] += lineBreak
	}
	return slices.Insert(texts, at, lines...)
}

// Insert puts whole lines, each of which gets the document's line break, before
// the entry of that index; ok is false if they and the others run into each other.
func (d Document) Insert(at int, lines ...string) (next Document, ok bool) {
	lineBreak := d.LineBreak()
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = WithBreak(line, lineBreak)
	}
	return assemble(insertLines(d.texts(), at, lineBreak, texts...))
}

// End is the index above the blank lines at the end.
func (d Document) End() int {
	i := len(d.Entries)
	for i > 0 && d.Entries[i-1].Kind == Blank && d.Entries[i-1].Text != ByteOrderMark {
		i--
	}
	return i
}

// LineBreak is the one that the document uses: its first.
func (d Document) LineBreak() string {
	before, _, found := strings.Cut(d.String(), "\n")
	if found && strings.HasSuffix(before, "\r") {
		return "\r\n"
	}
	return "\n"
}

// LineStart moves an index down to where a line starts: an entry may begin
// after the closing quote of the one before it.
func (d Document) LineStart(i int) int {
	for i > 0 && i < len(d.Entries) && !d.StartsLine(i) {
		i++
	}
	return i
}

// StartsLine reports whether the entry of an index, which is not the first, starts
// a line.
func (d Document) StartsLine(i int) bool { return startsLine(d.Entries[i-1].Text) }

// startsLine reports whether what follows a text starts a line.
func startsLine(above string) bool {
	return above == ByteOrderMark || strings.HasSuffix(above, "\n")
}

// WithBreak is a text that ends in lineBreak, whatever it ended in.
func WithBreak(text, lineBreak string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r") + lineBreak
}
