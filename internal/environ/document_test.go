package environ

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"
)

// envText draws files whose lines are mostly what Compose reads, so that a
// property is seldom over at the first line, with a few of junk.
func envText() *rapid.Generator[string] {
	pick := func(words ...string) *rapid.Generator[string] { return rapid.SampledFrom(words) }
	assignment := join(
		pick("", "", " ", "export ", "\t", "export \t"),
		pick("A", "B", "C_1", "d", "E"), pick("=", "=", " = ", ":", ": ", "=\t"),
		pick("", "x", "a b", "'it'", `'it\'s'`, `"a\"b"`, `"c:\\"`, "\"two\nlines\"", "'a # b'", "${A:-b}", "$$x", "a#b", `a\'b`, "\u00a0v"),
		pick("", "", " # note", "\t# note", " ", " F=1", "\r", "\u2028"), pick("\n", "\n", "\n\n", "\r\n", ""))
	comment := pick("# [generate 5]\n", "# [secret] prose\n", "#\n", " # [required in dev]\n", "# [generate 7] [port]\r\n")
	junk := rapid.OneOf(rapid.String(), pick("D\n", "D", "export\n", "=x\n", "'", `"`, "\uFEFF", "\u2028", "A B=1\n", "\v\n", "$", "D E\n", "[x]=1\n"))
	line := rapid.OneOf(assignment, assignment, assignment, assignment, comment, comment, comment, junk)
	return rapid.Map(rapid.SliceOfN(line, 0, 8), func(lines []string) string { return strings.Join(lines, "") })
}

func join(parts ...*rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(part.Draw(t, "part"))
		}
		return b.String()
	})
}

func TestParsingAndPrintingAnyTextIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(envText(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		if got := ParseDocument(text).String(); got != text {
			t.Fatalf("got %q", got)
		}
	})
}

func TestADocumentWithoutProblemsHasTheVariablesThatComposeReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agreesWithCompose(t, envText().Draw(t, "text")) })
}

type fataler interface{ Fatalf(string, ...any) }

// agreesWithCompose compares the file read whole by compose-go with its entries
// read one at a time.
func agreesWithCompose(t fataler, text string) {
	ours := map[string]string{}
	for _, entry := range ParseDocument(text).Entries {
		if entry.Kind == Malformed {
			refusedToo(t, text, entry.Problem)
			return
		}
		if entry.Text == byteOrderMark {
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
	document := ParseDocument("\uFEFF# a\nA=\"1\n2\" B=3\n\nC")
	var got []string
	for _, entry := range document.Entries {
		got = append(got, strings.Repeat("|", entry.Line)+entry.Name+entry.Problem)
	}
	same(t, "the entries", strings.Join(got, " "), `| | ||A |||B |||| |||||no value and no line break after the variable name`)
}

func TestAMalformedEntryNeverTellsItsValue(t *testing.T) {
	for _, text := range []string{`A="hunter2`, "A B=hunter2", "A%=hunter2", "=hunter2"} {
		entry := ParseDocument(text).Entries[0]
		if entry.Kind != Malformed || strings.Contains(entry.Problem, "hunter2") {
			t.Errorf("%q: %v %q", text, entry.Kind, entry.Problem)
		}
	}
}
