// Package dotenv is the format of .env files alone: reading without loss, what
// Compose makes of a value and where each comes from, and editing that touches
// one line. What a value means is decided by compose-go's package of the same
// name. dotenv knows no environments and no files; it may import the leaves
// failure and secret, and nothing else of Spellbook.
package dotenv

import "strings"

// Document is an env file as text that is understood but not changed: its
// String is the text it was parsed from, byte for byte.
type Document struct{ Entries []Entry }

// Kind is what an Entry is.
type Kind int

// The kinds of entries.
const (
	Blank      Kind = iota // white space, or a byte order mark
	Comment                // a line that starts with #
	Assignment             // NAME=value, also over several lines when quoted
	Bare                   // NAME alone: Compose takes the shell's value
	Malformed              // what Compose refuses, or reads as nobody meant it
)

// Entry is a line of a Document; a quoted value may give it more lines, and a
// second assignment after a closing quote is an Entry of its own.
type Entry struct {
	Kind    Kind
	Line    int    // where it starts, from 1
	Text    string // as it is in the file, its line break included
	Name    string // of an Assignment or Bare
	Problem string // of a Malformed: what is wrong, without the value

	// value is where the value is in Text, inside the quotes if there are any;
	// empty at the place where one would go if there is none.
	value span
}

type span struct{ start, end int }

// ByteOrderMark is what some editors put first; Compose skips it there only.
const ByteOrderMark = "\uFEFF"

// Parse reads any text; what Compose would refuse is a Malformed entry.
func Parse(text string) Document {
	var d Document
	line := 1
	if rest, found := strings.CutPrefix(text, ByteOrderMark); found {
		d.Entries = append(d.Entries, Entry{Kind: Blank, Line: line, Text: ByteOrderMark})
		text = rest
	}
	for text != "" {
		entry := firstEntry(text)
		entry.Line = line
		if i := len(d.Entries); i > 0 && entry.Kind == Malformed && !startsLine(d.Entries[i-1].Text) {
			entry.Problem = afterQuote
		}
		d.Entries = append(d.Entries, entry)
		line += strings.Count(entry.Text, "\n")
		text = text[len(entry.Text):]
	}
	return d
}

// afterQuote does not show what stands there: it is a part of a value, mostly.
const afterQuote = "no variable after the closing quote"

// String is the text of the file.
func (d Document) String() string {
	var b strings.Builder
	for _, entry := range d.Entries {
		b.WriteString(entry.Text)
	}
	return b.String()
}

// ValueText is the value as it is written, inside its quotes.
func (e Entry) ValueText() string { return e.Text[e.value.start:e.value.end] }

// WithValue returns the text of an Assignment or Bare with another value, which
// must need no quotes. An inline comment stays.
func (e Entry) WithValue(value string) string {
	if e.Kind == Bare {
		value = "=" + value
	}
	return e.Text[:e.value.start] + value + e.Text[e.value.end:]
}
