package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzCleanTextHoldsNothingATerminalObeys(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07x", "10%\r20%\r\n", "a\tb", "\x1b", "\x1b[", "\xff\xfe", "\u202egpj", "世界", "\x9b31m"} {
		f.Add(seed, 5)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q is cleaned to %q", s, got)
		}
		n = max(0, min(n, 1000))
		for _, short := range []string{Cut(got, n), CutFront(got, n)} {
			if Columns(short) > n {
				t.Errorf("%q in %d columns is %q", got, n, short)
			}
		}
		if head, tail := split(got, n); head+tail != got || Columns(head) > n {
			t.Errorf("%q splits at %d into %q, %q", got, n, head, tail)
		}
	})
}

func TestTextIsCutByColumnsAndNotByBytes(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"postgres", 8, "postgres"}, {"postgres", 7, "postgr…"}, {"世界世界", 6, "世界…"}, {"é́́a", 2, "é́́a"}, {"x", 0, ""}} {
		if got := Cut(c.text, c.n); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.n, got, c.want)
		}
	}
	if got := CutFront("registry.example/lab/postgres:16", 18); got != "…/lab/postgres:16" {
		t.Errorf("image is %q", got)
	}
}
