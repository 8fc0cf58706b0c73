package report

import "testing"

func TestTextsAreFoldedBetweenWords(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two\nthree"},
		{"one two three", 0, "one two three"},
		{"immeasurable word", 4, "immeasurable\nword"},
		{"", 4, ""},
		{"→ äöü ä", 5, "→ äöü\nä"},
	} {
		if got := Fold(c.text, c.width); got != c.want {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
