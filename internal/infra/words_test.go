package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
)

func TestWordsAreSplitAsAShellWould(t *testing.T) {
	for line, want := range map[string][]string{
		"":                         nil,
		"  a  b\t c\n":             {"a", "b", "c"},
		`set k 'a "b" c'`:          {"set", "k", `a "b" c`},
		`say "a \"b\" \\ \n" x\ y`: {"say", `a "b" \ \n`, "x y"},
		`'' ""`:                    {"", ""},
		`a'b'"c"`:                  {"abc"},
		`"$HOME" *`:                {"$HOME", "*"},
	} {
		if got, err := infra.Words(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q: %v", line, got, want, err)
		}
	}
	for _, line := range []string{`'a`, `"a`, `a\`} {
		if _, err := infra.Words(line); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}

func FuzzWordsGivesBackWhatWasQuoted(f *testing.F) {
	f.Add("a b", `it's`)
	f.Add("", "\\\"")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, "")
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
		got, err := infra.Words(quote(a) + " " + quote(b))
		if err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("got %q: %v", got, err)
		}
	})
}
