package dotenv

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// envFiles are files called a.env, b.env and so on.
func envFiles(texts ...string) []File {
	var list []File
	for i, text := range texts {
		list = append(list, File{Path: string(rune('a'+i)) + ".env", Text: secret.New(text)})
	}
	return list
}

func resolve(t *testing.T, o ResolveOptions) Resolution {
	t.Helper()
	r, err := Resolve(o)
	must(t, err)
	return r
}

// account is what is said of a variable in one line, values and all.
func account(v Resolved) string {
	var b strings.Builder
	say := func(s Setting) {
		fmt.Fprintf(&b, "%s", s.Origin)
		if s.Bare {
			b.WriteString(" bare")
		}
		if s.IsSet {
			fmt.Fprintf(&b, " %q", s.Value.Reveal())
		}
		for _, ref := range s.References {
			fmt.Fprintf(&b, " {%s: %s %q}", ref.Name, ref.Origin, ref.Value.Reveal())
		}
	}
	say(v.Winner)
	for _, s := range v.Losers {
		b.WriteString("; ")
		say(s)
	}
	return b.String()
}

func TestEveryLayerAndEveryLineSaysWhatItWould(t *testing.T) {
	dflt := func(l Layer, file string, line int, value string) Setting {
		return Setting{Origin: Origin{Layer: l, File: file, Line: line}, Value: secret.New(value), IsSet: true}
	}
	of := func(plugin string, s Setting) Setting {
		s.Plugin = plugin
		return s
	}
	r := resolve(t, ResolveOptions{
		Shell: []string{"SHELL_ONLY=s", "A=old", "A=shell", "HOST=db", "nonsense"},
		Files: envFiles(
			"A=1\nA=\"2\n\"\nB=${HOST}:${PORT:-5432}\nexport BARE\nA\nHOST\nEMPTY=\n",
			"B=${B}/b\nC=$B$B$NONE\nBARE=late\nBARE"),
		Defaults: map[string][]Setting{
			"D": {dflt(ComposeDefault, "c.yml", 3, "x"), dflt(ComposeDefault, "c.yml", 9, "y"), of("kafka", dflt(PluginDefault, "", 0, "z")), of("minio", dflt(PluginDefault, ".spellbook/plugins/minio.yml", 7, "w"))},
			"A": {dflt(ComposeDefault, "c.yml", 4, "x")},
		},
	})
	for name, want := range map[string]string{
		"A":          `shell "shell"; a.env:6 bare "shell" {A: shell "shell"}; a.env:2 "2\n"; a.env:1 "1"; c.yml:4 "x"`,
		"B":          `b.env:1 "db:5432/b" {B: a.env:4 "db:5432"}; a.env:4 "db:5432" {HOST: shell "db"} {PORT: unset ""}`,
		"C":          `b.env:2 "db:5432/bdb:5432/b" {B: b.env:1 "db:5432/b"} {NONE: unset ""}`,
		"D":          `plugin kafka "z"; plugin minio, .spellbook/plugins/minio.yml:7 "w"; c.yml:3 "x"; c.yml:9 "y"`,
		"BARE":       `b.env:3 "late"; a.env:5 bare {BARE: unset ""}`,
		"HOST":       `shell "db"; a.env:7 bare "db" {HOST: shell "db"}`,
		"EMPTY":      `a.env:8 ""`,
		"SHELL_ONLY": `shell "s"`,
		"NONE":       `unset`,
		"":           `b.env:4 "BARE"`, // a name that ends the file is a value
	} {
		same(t, name, account(r.Explain(name)), want)
	}
	same(t, "the values revealed", fmt.Sprint(r.Reveal()), fmt.Sprint(map[string]string{"": "BARE", "A": "shell",
		"B": "db:5432/b", "C": "db:5432/bdb:5432/b", "BARE": "late", "HOST": "db", "EMPTY": "", "SHELL_ONLY": "s"}))
	if shown := fmt.Sprintf("%+v %#v", r.Variables, r.Explain("C")); strings.Contains(shown, "5432") {
		t.Errorf("values are shown: %s", shown)
	}
}

func TestABareNameTakesTheFileBeforeIt(t *testing.T) {
	r := resolve(t, ResolveOptions{Files: envFiles("A=1\n", "A\nB=$A\n")})
	same(t, "A", account(r.Explain("A")), `a.env:1 "1"; b.env:1 bare "1" {A: a.env:1 "1"}`)
	same(t, "B", account(r.Explain("B")), `b.env:2 "1" {A: a.env:1 "1"}`)
}

func TestComposeVariablesAreKnownBeforeTheirLine(t *testing.T) {
	r := resolve(t, ResolveOptions{Files: envFiles("A=$COMPOSE_X\nCOMPOSE_X=1\nCOMPOSE_X=${COMPOSE_X}2\nB=$C\nC=1\n")})
	same(t, "A", account(r.Explain("A")), `a.env:1 "12" {COMPOSE_X: a.env:3 "12"}`)
	same(t, "COMPOSE_X", account(r.Explain("COMPOSE_X")), `a.env:3 "12" {COMPOSE_X: a.env:2 "1"}; a.env:2 "1"`)
	same(t, "B", account(r.Explain("B")), `a.env:4 "" {C: unset ""}`)
}

func TestWhatComposeRefusesIsRefusedWithLineAndWithoutValues(t *testing.T) {
	for text, want := range map[string]string{
		"OK=1\nA B=hunter2\n":               "2: white space in a variable name, or a value of several lines without quotes",
		"A=\"x\ny\"\nB='hunter2\n":          "3: no closing quote after the value of B",
		"A%=hunter2":                        `1: a character that no variable name has, or a value of several lines without quotes`,
		"export ":                           "1: no variable name",
		"A=hunter2${":                       "1: the value of A is not well formed",
		"H=hunter2\n\nA=${H:+${B:?say $H}}": "3: A needs B, which is not set",
		"A=${B:?say why}":                   "1: A needs B, which is not set: say why",
		"B=\nA=${B:?}":                      "2: A needs B, which is empty",
		"COMPOSE_A=\"hunter2\\0000\"":       "1: COMPOSE_A has a NUL character, and Compose exports it",
		"B=hunter2\nA=${B:?}\nB=":           "2: A needs B, which is empty\n  Compose reads an env file again with the last value of each variable",
	} {
		_, err := Resolve(ResolveOptions{Files: envFiles("", text)})
		var failed *failure.Error
		if !errors.As(err, &failed) || failed.Code != failure.Preflight || failed.Hint == "" {
			t.Errorf("%q: no failure with a hint: %v", text, err)
			continue
		}
		failed.Hint = ""
		same(t, text, failed.Error(), "b.env:"+want)
		if strings.Contains(fmt.Sprintf("%+v %v", err, errors.Unwrap(err)), "hunter2") {
			t.Errorf("%q: a value is shown", text)
		}
	}
}

func TestAnyTextComesToWhatComposeReadsInIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		resolvesAsCompose(t, dotenvtest.Text().Draw(t, "text"), shellText().Draw(t, "shell"))
	})
}

func shellText() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", "A=1", "A=\nB=${C}", "COMPOSE_X=s\n=n", "C_1=x=y\nE=e"})
}

func FuzzAnyTextComesToWhatComposeReadsInIt(f *testing.F) {
	for _, text := range []string{"A=1\nA", "export\nA=${A:-b}", "=x\nA\tB=\"1\n2\" C='3'\n", "\uFEFFCOMPOSE_X=1\nA=$COMPOSE_X\nCOMPOSE_X=2\n",
		"A=1\nB=${A:?}\nA=\n", "export\t", "A:\u00a0'\\''# c\r\nB\r\n", "A=${B:+${C:?}}\nB=1", "COMPOSE_A=\"\\0\"", "A\tB", "[=${[:-}", "A=# c\n\v\n"} {
		f.Add(text, "B=1\nCOMPOSE_X=")
	}
	f.Fuzz(func(t *testing.T, text, shell string) { resolvesAsCompose(t, text, shell) })
}

// resolvesAsCompose compares with the CLI's readings, done by compose-go on the
// file as a whole.
func resolvesAsCompose(t fataler, text, shell string) {
	pairs := strings.Split(shell, "\n")
	r, err := Resolve(ResolveOptions{Shell: pairs, Files: envFiles(text)})
	want, refused := readAsCompose(text, pairs)
	if failure.CodeOf(err) == failure.Unexpected || (err != nil) != (refused != nil) {
		t.Fatalf("%q in %q: we say %v, Compose says %v", text, shell, err, refused)
	}
	if err == nil && !maps.Equal(r.Reveal(), want) {
		t.Fatalf("%q in %q: ours %q, Compose's %q", text, shell, r.Reveal(), want)
	}
	for _, v := range r.Variables {
		if value, ok := want[v.Name]; ok != v.Winner.IsSet || value != v.Winner.Value.Reveal() {
			t.Fatalf("%q in %q: %s is %s, Compose's is %q", text, shell, v.Name, account(v), value)
		}
	}
}

func readAsCompose(text string, pairs []string) (map[string]string, error) {
	env := map[string]string{}
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	for reading := range 3 {
		found, err := dotenv.ParseWithLookup(strings.NewReader(text), func(name string) (string, bool) {
			value, ok := env[name]
			return value, ok
		})
		if err != nil {
			return nil, err
		}
		for name, value := range found {
			if _, ok := env[name]; ok || reading == 0 && !strings.HasPrefix(name, "COMPOSE_") {
				continue
			}
			if reading == 0 && strings.Contains(value, "\x00") {
				return nil, errors.New("invalid argument")
			}
			env[name] = value
		}
	}
	return env, nil
}
