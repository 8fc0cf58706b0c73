package dotenv

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
)

func TestParsingAndPrintingAnyTextIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(dotenvtest.Text(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		if got := Parse(text).String(); got != text {
			t.Fatalf("got %q", got)
		}
	})
}

func TestADocumentWithoutProblemsHasTheVariablesThatComposeReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agreesWithCompose(t, dotenvtest.Text().Draw(t, "text")) })
}

type fataler interface{ Fatalf(string, ...any) }

// agreesWithCompose compares the file read whole by compose-go with its entries
// read one at a time.
func agreesWithCompose(t fataler, text string) {
	ours := map[string]string{}
	for _, entry := range Parse(text).Entries {
		if entry.Kind == Malformed {
			refusedToo(t, text, entry.Problem)
			return
		}
		if entry.Text == ByteOrderMark {
			continue
		}
		values, err := dotenv.UnmarshalWithLookup(entry.Text, always)
		if err != nil {
			refusedToo(t, text, err.Error())
			return
		}
		if _, there := values[entry.Name]; entry.Name != "" && (!there || len(values) != 1) || entry.Name == "" && len(values) != 0 {
			t.Fatalf("entry %q is variable %q, Compose reads %q", entry.Text, entry.Name, values)
		}
		ours[entry.Name] = values[entry.Name]
	}
	delete(ours, "")
	whole, err := dotenv.ParseWithLookup(strings.NewReader(text), always)
	if err != nil {
		t.Fatalf("Compose refuses %q: %v", text, err)
	}
	if len(whole) != len(ours) {
		t.Fatalf("text %q: entries have %q, Compose reads %q", text, ours, whole)
	}
	for name, value := range whole {
		if ours[name] != value {
			t.Fatalf("text %q: entries have %q, Compose reads %q", text, ours, whole)
		}
	}
}

// refusedToo lets our reader be stricter than Compose in names only.
func refusedToo(t fataler, text, problem string) {
	ofName := strings.HasPrefix(problem, "no va") || strings.HasPrefix(problem, "white space")
	if _, err := dotenv.ParseWithLookup(strings.NewReader(text), always); err == nil && !ofName {
		t.Fatalf("Compose reads %q, we say %s", text, problem)
	}
}

func always(string) (string, bool) { return "x", true }

func TestEntriesKeepTheLineTheyStartOn(t *testing.T) {
	document := Parse("\uFEFF# a\nA=\"1\n2\" B=3\n\nC")
	var got []string
	for _, entry := range document.Entries {
		got = append(got, strings.Repeat("|", entry.Line)+entry.Name+entry.Problem)
	}
	same(t, "the entries", strings.Join(got, " "), `| | ||A |||B |||| |||||no value and no line break after the variable name`)
}

func TestAMalformedEntryNeverTellsItsValue(t *testing.T) {
	for _, text := range []string{`A="hunter2`, "A B=hunter2", "A%=hunter2", "=hunter2"} {
		entry := Parse(text).Entries[0]
		if entry.Kind != Malformed || strings.Contains(entry.Problem, "hunter2") {
			t.Errorf("%q: %v %q", text, entry.Kind, entry.Problem)
		}
	}
}
