package toml_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/sbom/toml"
)

func TestEveryKindOfValueIsRead(t *testing.T) {
	for text, want := range map[string]string{
		`a = "b"`:                                        `{"a":"b"}`,
		"\ufeffa = 'C:\\new'\r\nb = true\r\n":            `{"a":"C:\\new","b":true}`,
		`a = "tab\t \u00e9 \U0001F600 \"x\""`:            `{"a":"tab\t é 😀 \"x\""}`,
		"a = \"\"\"\none \\\n   two\"\"\"\"\"":           `{"a":"one two\"\""}`,
		"a = '''\r\nraw \\n\n'''":                        `{"a":"raw \\n\n"}`,
		"a = [ 1, [ 'x' ], # why\n  {b.c = 2}, ]":        `{"a":["1",["x"],{"b":{"c":"2"}}]}`,
		"a = 1979-05-27 07:32:00Z # then\nb = -1_0.5e+3": `{"a":"1979-05-27 07:32:00Z","b":"-1_0.5e+3"}`,
		"a = 1979-05-27 # day":                           `{"a":"1979-05-27"}`,
		"\"quoted key\".'x.y' . z = false":               `{"quoted key":{"x.y":{"z":false}}}`,
		"[[p]]\nn = 'a'\n[p.q]\nr = inf\n[[p]]\n":        `{"p":[{"n":"a","q":{"r":"inf"}},{}]}`,
		"[ a . b ]\n[a]\nc = {}\n":                       `{"a":{"b":{},"c":{}}}`,
		"":                                               `{}`,
	} {
		table, err := toml.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, _ := json.Marshal(table); string(got) != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestAMistakeIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"a = 1\nb = ":                      "line 2: a value is missing",
		"a = yes":                          "line 1: yes is no value; a text wants quotes",
		"a = \"x":                          "line 1: a string does not end",
		"a = 'x\n'":                        "line 1: a string does not end",
		"a = \"\"\"x":                      "line 1: a string does not end",
		"\n\na = \"\\q\"":                  "line 3: an unknown escape in a string",
		"a = \"\\ud800\"":                  `line 1: no code point: "d800"`,
		"a = 1\na = 2":                     "line 2: a is there twice",
		"a = 1 b = 2":                      "line 1: something stands behind the value",
		"a = 1\n[a]":                       "line 2: a is no table",
		"a = 1\n[[a]]":                     "line 2: a is no array of tables",
		"a = [1]\n[a.b]":                   "line 2: a is no table",
		"a = [1 2]":                        "line 1: ] is missing",
		"= 1":                              "line 1: a key is missing",
		"a = \"\xff\"":                     "line 1: text is not UTF-8",
		"a = " + strings.Repeat("[", 5000): "line 1: values lie too deep in each other",
	} {
		_, err := toml.Parse(text)
		var syntax *toml.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != want {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

// Whatever bytes come, there is a document or a SyntaxError, and a document can
// be written as JSON: no value is of another kind than is told.
func FuzzAnyTextIsADocumentOrASyntaxError(f *testing.F) {
	f.Add("a = \"b\"\n[[p]]\nx = {y = ['z', 1]}\n")
	f.Add("[a.\"b c\"]\nd = '''x''''\n# e\nf = 1979-05-27 07:32:00")
	f.Add("a.b.c = \"\"\"\\\n  x\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := toml.Parse(text)
		var syntax *toml.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil && (syntax.Line < 1 || syntax.Line > 1+strings.Count(text, "\n")) {
			t.Fatalf("%q: %v is outside of the text", text, err)
		}
		if err == nil {
			check(t, table)
		}
	})
}

func check(t *testing.T, value any) {
	switch v := value.(type) {
	case string, bool, toml.Raw:
	case []any:
		for _, one := range v {
			check(t, one)
		}
	case toml.Table:
		for _, one := range v {
			check(t, one)
		}
	default:
		t.Fatalf("a value of kind %T", value)
	}
}
