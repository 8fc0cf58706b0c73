package report

import (
	"testing"
)

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

func TestALongLineHangsBelowItsBeginning(t *testing.T) {
	const text = "the service api is not there at all\n  → choose one of api, db, tool and more\n[1] start  api    after 2, 3\nshort\naddress://that.is.too.long.to.break"
	want := "the service\n    api is not there\n    at all\n  → choose one of\n      api, db, tool\n      and more\n[1] start  api\n    after 2, 3\nshort\naddress://that.is.too.long.to.break"
	if got := Hang(text, 20, 7); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Hang(text, 0, 7); got != text {
		t.Errorf("got\n%s", got)
	}
}

func TestALongLineIsAlignedNoMore(t *testing.T) {
	if got := Tight("  [1] start       x\n  [2] start        too  long\n", 20); got != "  [1] start       x\n  [2] start  too  long\n" {
		t.Errorf("got\n%s", got)
	}
}
