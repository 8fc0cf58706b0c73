package dotenv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestSetKeepsTheFormOfTheLine(t *testing.T) {
	for _, c := range []struct{ text, value, want string }{
		{"A=1\n", "2", "A=2\n"},
		{"A=1\n", "", "A=\n"},
		{"A=1 # note\n", "2", "A=2 # note\n"},
		{"A=1 # note\n", "", "A='' # note\n"},
		{"A=1 # note\r\nB=2\r\n", "x y", "A='x y' # note\r\nB=2\r\n"},
		{"export A = 1\n", "2", "export A = 2\n"},
		{"A: 1\n", "2", "A: 2\n"},
		{"A='1' # note\n", "2", "A='2' # note\n"},
		{`A="1"` + "\n", "2", `A="2"` + "\n"},
		{`A="1" B=2`, "x y", `A="x y" B=2`},
		{"A=${B}\n", "x", "A=x\n"},
		{"A=1\n", "pa$$word", "A='pa$$word'\n"},
		{`A="1"` + "\n", "pa$word", `A="pa\$word"` + "\n"},
		{"A='1'\n", "it's", `A="it's"` + "\n"},
		{"A=1\n", `c:\temp`, `A='c:\temp'` + "\n"},
		{"A=1\n", `["apoc"]`, `A='["apoc"]'` + "\n"},
		{"A=1\n", "postgres://u:p@h/db?a=1&b=2", "A=postgres://u:p@h/db?a=1&b=2\n"},
		{"B=1\n", "postgres://u:p@h/db?a=1&b=2", "B=1\nA='postgres://u:p@h/db?a=1&b=2'\n"},
		{"A=1\n", "two\nlines", `A="two\nlines"` + "\n"},
		{"A='1\n2'\n", "3\n4", "A='3\n4'\n"},
		{"A=\"1\n2\"\n", "3\n4", "A=\"3\n4\"\n"},
		{"A\n", "1", "A=1\n"},
		{"A=1\nA=2\n", "3", "A=1\nA=3\n"},
		{"A=1\nA\n", "3", "A=3\nA\n"},
		{"A=1\n", "1", "A=1\n"},
		{`A="1"` + "\n", "1", `A="1"` + "\n"},
		{"", "1", "A=1\n"},
		{"\uFEFF", "1", "\uFEFFA=1\n"},
		{"\n\n", "1", "A=1\n\n\n"},
		{"B=1", "1", "B=1\nA=1\n"},
		{"B=1\r\n# c", "1", "B=1\r\n# c\r\nA=1\r\n"},
		{"B=1\n\n  ", "1", "B=1\nA=1\n\n  "},
		{"A=1\n", "日本", "A=日本\n"},
		{"A=\n", "#x", "A='#x'\n"},
		{"A=\n", " x ", "A=' x '\n"},
	} {
		got, err := Set(Parse(c.text), "A", c.value)
		if err != nil || got.String() != c.want {
			t.Errorf("%q set to %q is %q, want %q, error %v", c.text, c.value, got, c.want, err)
		}
	}
}

func TestSetRefusesWhatAnEnvFileCannotHold(t *testing.T) {
	for _, c := range []struct {
		text, name, value, want string
		code                    failure.Code
	}{
		{"", "A", "hunter\x002", "the value of A cannot be written in an env file", failure.Usage},
		{"", "A", "hunter2\xff", "the value of A cannot be written in an env file", failure.Usage},
		{"", "A B", "hunter2", `variable name "A B" is not letters, digits and _`, failure.Usage},
		{"", "", "hunter2", `variable name "" is not letters, digits and _`, failure.Usage},
		{"B=1\nC='\n", "A", "hunter2", "line 2: no closing quote after the value of C", failure.Preflight},
	} {
		_, err := Set(Parse(c.text), c.name, c.value)
		if failure.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "→") {
			t.Errorf("%q, %q: %v", c.text, c.name, err)
		}
	}
}

func TestSetChangesOnlyThatLineAndComposeReadsTheValueBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"A", "B", "C_1", "d", "NEW"}).Draw(t, "name")
		onlyThatLine(t, dotenvtest.Text().Draw(t, "text"), name, dotenvtest.Value().Draw(t, "value"))
	})
}

// onlyThatLine takes a refusal for an answer where there is a reason for one.
func onlyThatLine(t fataler, text, name, value string) {
	before := Parse(text)
	after, err := Set(before, name, value)
	if err != nil {
		if before.settable(name, value) == nil {
			t.Fatalf("%q: %s to %q: %v", text, name, value, err)
		}
		return
	}
	at := before.Winner(name)
	if at < 0 {
		at = before.End()
		before.Entries = slices.Insert(slices.Clone(before.Entries), at, Entry{})
	}
	if len(before.Entries) != len(after.Entries) {
		t.Fatalf("%q became %q", text, after)
	}
	for i := range after.Entries {
		was, is := before.Entries[i].Text, after.Entries[i].Text
		ended := i == at-1 && !strings.HasSuffix(was, "\n") && is == was+before.LineBreak()
		if i != at && was != is && !ended {
			t.Fatalf("%q became %q: entry %d changed", text, after, i)
		}
	}
	readsBack(t, text, after, name, value)
}

func readsBack(t fataler, text string, after Document, name, value string) {
	if again := Parse(after.String()); fmt.Sprint(again) != fmt.Sprint(after) {
		t.Fatalf("%q became %q, which reads otherwise", text, after)
	}
	if _, err := dotenv.ParseWithLookup(strings.NewReader(text), always); err != nil {
		return // what is wrong with a value elsewhere stays wrong
	}
	read, err := dotenv.ParseWithLookup(strings.NewReader(after.String()), func(n string) (string, bool) { return "x", n != name })
	if err != nil || read[name] != value {
		t.Fatalf("%q became %q: read %q, want %q: %v", text, after, read[name], value, err)
	}
}

func TestSettingTwiceIsSettingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := dotenvtest.Value().Draw(t, "value")
		once, err := Set(Parse(dotenvtest.Text().Draw(t, "text")), "A", value)
		if err != nil {
			return
		}
		if twice, err := Set(once, "A", value); err != nil || twice.String() != once.String() {
			t.Fatalf("%q, then %q: %v", once, twice, err)
		}
	})
}

func FuzzSetChangesOnlyThatLine(f *testing.F) {
	for _, text := range []string{"A=1 # c\n", "export A='x' B=2\r\n", "A\nA=\"1\n2\"", "\uFEFFB=1\n\n", "A=x # a # b"} {
		for _, value := range []string{"", "x y", "it's $A \\", "a\nb", "\"#"} {
			f.Add(text, "A", value)
		}
	}
	f.Fuzz(func(t *testing.T, text, name, value string) { onlyThatLine(t, text, name, value) })
}
