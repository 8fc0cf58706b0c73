package report

import "strings"

// Fold breaks a text between words into lines of at most width columns; a word
// that is longer stays whole. A width of 0 or less breaks nothing.
func Fold(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		n := columns(word)
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
