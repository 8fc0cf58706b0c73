package envcheck

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// A password with a dollar sign and a key of several lines that lack their
// quotes are read as references and names, which may be told of no more than
// values.
func TestAPartOfASecretThatIsReadAsANameIsNotTold(t *testing.T) {
	document := dotenv.Parse("PORT=$canary3\nDB_PASSWORD=pa$canaryone\nURL_TOKEN=${NOWHERE}\nSIGNING_KEY=begin\ncanarytwo\n")
	e := environ.Environment{Name: "local", File: "env/.env.local", Document: document}
	var told []string
	for _, f := range Check(Input{Environment: e}) {
		if f.Code == CodeUnsetRef || f.Code == CodeUnquoted {
			told = append(told, f.Message+f.Remedy)
		}
	}
	text := strings.Join(told, "\n")
	if strings.Contains(text, "canaryone") || strings.Contains(text, "canarytwo") {
		t.Errorf("told:\n%s", text)
	}
	for _, want := range []string{"NOWHERE", "canary3", "DB_PASSWORD", "a name that nothing knows"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not told of:\n%s", want, text)
		}
	}
	if list := environ.Diff(e, environ.Environment{}, environ.SecretsOf(environ.Template{}, nil, e)); slices.ContainsFunc(list, func(d environ.Difference) bool { return d.Variable == "canarytwo" }) {
		t.Errorf("differences: %v", list)
	}
	if !(environ.Secrets{}).IsSecret("") {
		t.Error("the last line of a file without its line break is shown")
	}
}

func TestMarkingAddsSecretsToATemplate(t *testing.T) {
	template, err := environ.ParseTemplate("t", "SEED=\nPORT=\n")
	must(t, err)
	s := environ.SecretsOf(template.Marking("SEED", "OTHER"), nil)
	if !s.IsSecret("SEED") || !s.IsSecret("OTHER") || s.IsSecret("PORT") {
		t.Errorf("got %v", s)
	}
	if v, _ := template.Variable("SEED"); v.IsSecret() {
		t.Error("the template itself is another one now")
	}
}

// However long a key is, and however its lines fall, none of them is told where
// it lacks its quotes.
func TestNoLineOfAKeyWithoutQuotesIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := base64.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 8, 200).Draw(t, "key"))
		width := rapid.SampledFrom([]int{16, 64, 76}).Draw(t, "width")
		var lines []string
		for rest := key; rest != ""; rest = rest[min(width, len(rest)):] {
			lines = append(lines, rest[:min(width, len(rest))])
		}
		begin := rapid.SampledFrom([]string{"TLS_KEY=", "PLAIN=-----BEGIN PRIVATE KEY-----\n", "TLS_KEY=\n", "A=1\nTLS_KEY=-----BEGIN EC PRIVATE KEY-----\r\n"}).Draw(t, "begin")
		end := rapid.SampledFrom([]string{"", "\n", "\n-----END PRIVATE KEY-----\n", "\nB=1\n"}).Draw(t, "end")
		e := environ.Environment{Name: "local", File: "env/.env.local", Document: dotenv.Parse(begin + strings.Join(lines, "\n") + end)}
		s := environ.SecretsOf(environ.Template{}, nil, e)
		_, exported := environ.Export(environ.ExportOptions{Values: e.Values(nil), Secrets: s})
		_, resolved := dotenv.Resolve(dotenv.ResolveOptions{Files: []dotenv.File{{Path: e.File, Text: secret.New(e.Document.String())}}})
		told := fmt.Sprint(Check(Input{Environment: e}), environ.Diff(e, environ.Environment{}, s), exported, resolved)
		for _, line := range lines {
			if len(line) >= leastSecret && strings.Contains(told, strings.TrimRight(line, "=")) {
				t.Fatalf("%q is told:\n%s", line, told)
			}
		}
	})
}
