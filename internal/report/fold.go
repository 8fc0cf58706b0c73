package report

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Fold breaks a text between words into lines of at most width columns; a word
// that is longer stays whole. A width of 0 or less breaks nothing.
func Fold(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		n := Columns(word)
		switch {
		case i == 0:
			used = n
		case used+1+n > width:
			b.WriteString("\n")
			used = n
		default:
			b.WriteString(" ")
			used += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

var blanks = lazyregexp.New(` {3,}`)

// Tight takes out of the lines that are wider than width what aligns them: more
// than two blanks in a row, but for those at their beginning.
func Tight(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body := strings.TrimLeft(line, " ")
		if Columns(strings.TrimSuffix(line, "\n")) > width {
			line = line[:len(line)-len(body)] + blanks.ReplaceAllString(body, "  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// Hang breaks each line of a text that is wider than width at a blank; what
// goes on below is indented four columns deeper. The first line has first
// columns before it. Blanks within a line, such as those of a table, stay; a
// width of 0 or less breaks nothing.
func Hang(text string, width, first int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		if i > 0 {
			first = 0
		}
		body, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		b.WriteString(hang(body, width, first) + end)
	}
	return b.String()
}

func hang(line string, width, first int) string {
	indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+4)
	var done strings.Builder
	for Columns(line) > width-first {
		head, _ := split(line, max(1, width-first+1))
		at := strings.LastIndexByte(head, ' ')
		if strings.TrimSpace(line[:max(0, at)]) == "" { // one long word
			break
		}
		done.WriteString(strings.TrimRight(line[:at], " ") + "\n")
		line, first = indent+strings.TrimLeft(line[at:], " "), 0
	}
	return done.String() + line
}
