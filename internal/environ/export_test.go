package environ

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func anyValues() *rapid.Generator[map[string]string] {
	name := rapid.SampledFrom([]string{"A", "B_1", "c", "VITE_API", "_x"})
	return rapid.MapOfN(name, rapid.Map(dotenvtest.Value(), func(v string) string { return strings.ReplaceAll(v, "\x00", "") }), 0, 5)
}

func exported(t fataler, o ExportOptions) string {
	text, err := Export(o)
	if err != nil {
		t.Fatalf("%q: %v", o.Values, err)
	}
	return text
}

func TestAnExportedDotenvIsReadBackByCompose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := anyValues().Draw(t, "values")
		text := exported(t, ExportOptions{Values: values, Only: everyName(values)})
		read, err := compose.ParseWithLookup(strings.NewReader(text), func(string) (string, bool) { return "x", true })
		if err != nil || !maps.Equal(read, values) {
			t.Fatalf("%q became %q, read as %q: %v", values, text, read, err)
		}
	})
}

// everyName are all, so that what looks like a secret is named.
func everyName(values map[string]string) (names []string) {
	for name := range values {
		names = append(names, name)
	}
	return names
}

// Many cases go through one shell, as starting one takes longer than all else.
func TestAShellReadsBackWhatIsExportedForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var script, want strings.Builder
		for _, value := range rapid.SliceOfN(dotenvtest.Value(), 1, 30).Draw(t, "values") {
			value = strings.ReplaceAll(value, "\x00", "")
			script.WriteString(exported(t, ExportOptions{Format: FormatShell, Values: map[string]string{"A": value}, Only: []string{"A"}}))
			script.WriteString(`printf '<%s>' "$A"` + "\n")
			fmt.Fprintf(&want, "<%s>", value)
		}
		c := exec.Command("sh", "-c", script.String())
		c.Env = []string{}
		if got, err := c.Output(); err != nil || string(got) != want.String() {
			t.Fatalf("%q gives %q, want %q: %v", script.String(), got, want.String(), err)
		}
	})
}

func TestTheGitHubRunnerReadsBackWhatIsExportedForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := anyValues().Draw(t, "values")
		text := exported(t, ExportOptions{Format: FormatGitHub, Values: values, Only: everyName(values), Delimiter: "ghadelimiter_7f3a"})
		if read := runnerReads(text); !maps.Equal(read, values) {
			t.Fatalf("%q became %q, read as %q", values, text, read)
		}
	})
}

// runnerReads is what actions/runner does in FileCommandManager.cs: a line with
// = before << is one variable, else the lines up to the delimiter are its value.
func runnerReads(text string) map[string]string {
	values := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines) && text != ""; i++ {
		equals, heredoc := strings.Index(lines[i], "="), strings.Index(lines[i], "<<")
		if equals >= 0 && (heredoc < 0 || equals < heredoc) {
			values[lines[i][:equals]] = lines[i][equals+1:]
			continue
		}
		name, delimiter := lines[i][:heredoc], lines[i][heredoc+2:]
		var value []string
		for i++; lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		values[name] = strings.Join(value, "\n")
	}
	return values
}

func TestExportedJSONIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := anyValues().Draw(t, "values")
		var read map[string]string
		text := exported(t, ExportOptions{Format: FormatJSON, Values: values, Only: everyName(values)})
		if err := json.Unmarshal([]byte(text), &read); err != nil || !maps.Equal(read, values) {
			t.Fatalf("%q became %q: %v", values, text, err)
		}
	})
}

func TestExportSelectsByPrefixAndName(t *testing.T) {
	values := map[string]string{"VITE_A": "1", "VITE_B": "<&>", "PORT": "x y", "MANY": "a\nb", "PASSWORD": ""}
	for _, c := range []struct {
		o    ExportOptions
		want string
	}{
		{ExportOptions{}, "MANY=\"a\\nb\"\nPASSWORD=\nPORT='x y'\nVITE_A=1\nVITE_B='<&>'\n"},
		{ExportOptions{Prefix: "VITE_", Format: FormatJSON}, "{\n  \"VITE_A\": \"1\",\n  \"VITE_B\": \"<&>\"\n}\n"},
		{ExportOptions{Only: []string{"PORT"}, Format: FormatShell}, "export PORT='x y'\n"},
		{ExportOptions{Only: []string{"MANY"}, Prefix: "VITE_A", Format: FormatGitHub, Delimiter: "EOF_1"}, "MANY<<EOF_1\na\nb\nEOF_1\nVITE_A=1\n"},
	} {
		c.o.Values = values
		same(t, "the text", exported(t, c.o), c.want)
	}
}

func TestExportRefusesSecretsAndSaysWhatToDo(t *testing.T) {
	values := map[string]string{"PORT": "1", "DB_PASSWORD": "canary-p4ssw0rd", "URL": "pg://u:canary@h", "COPY": "x canary-p4ssw0rd", "MANY": "a\nEOF\nb"}
	secrets := SecretsOf(Template{}, nil, Environment{Document: dotenv.Parse("DB_PASSWORD=canary-p4ssw0rd\n")})
	for _, c := range []struct {
		o    ExportOptions
		code failure.Code
		want string
	}{
		{ExportOptions{}, failure.Refused, "these are secrets: COPY, DB_PASSWORD, URL\n  → leave them out with -only=MANY,PORT, or name each secret that you mean"},
		{ExportOptions{Prefix: "DB_"}, failure.Refused, "these are secrets: DB_PASSWORD\n  → name each secret that you mean: -only=DB_PASSWORD"},
		{ExportOptions{Only: []string{"PROT"}}, failure.Usage, "no variable PROT\n  → did you mean PORT?"},
		{ExportOptions{Only: []string{"MANY"}, Format: FormatGitHub, Delimiter: "EOF"}, failure.Usage, "MANY cannot be written in the format github"},
		{ExportOptions{Only: []string{"MANY"}, Format: FormatGitHub}, failure.Usage, "MANY cannot be written in the format github"},
		{ExportOptions{Only: []string{"PORT"}, Format: "yaml"}, failure.Usage, `no format "yaml"`},
	} {
		c.o.Values, c.o.Secrets = values, secrets
		text, err := Export(c.o)
		if text != "" || failure.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %q, %v", c.o.Only, text, err)
		}
	}
	same(t, "a named secret", exported(t, ExportOptions{Values: values, Secrets: secrets, Only: []string{"DB_PASSWORD"}}), "DB_PASSWORD=canary-p4ssw0rd\n")
}
