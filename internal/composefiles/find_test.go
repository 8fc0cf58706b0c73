package composefiles

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// found writes files, which say nothing unless there is a text behind "=", and
// tells what is read: paths below the root.
func found(t *testing.T, files string, shell []string, change func(*Place)) (composeFiles, envFiles string, s Set) {
	t.Helper()
	root := t.TempDir()
	for _, f := range strings.Fields(files) {
		name, text, _ := strings.Cut(f, "=")
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, ";", "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	show := func(path string) string { return strings.TrimPrefix(path, root+"/") }
	p := Place{Dir: root, Base: root, Link: filepath.Join(root, ".env"), Show: show}
	if change != nil {
		change(&p)
	}
	s, err := Find(p, shell, nil)
	if err != nil {
		return err.Error(), "", s
	}
	list := func(paths []string) string {
		var shown []string
		for _, path := range paths {
			shown = append(shown, show(path))
		}
		return strings.Join(shown, " ")
	}
	return list(s.Files), list(s.Paths()), s
}

func TestOurOwnFilesStandBehindTheBaseFileThatTheyAreFor(t *testing.T) {
	t.Parallel()
	add := func(p *Place) { p.Add = []string{"docker-compose.backend", "docker-compose.dev"} }
	const all = "compose.yaml docker-compose.backend.yml docker-compose.dev.yaml other.yaml "
	for _, c := range []struct{ files, shell, want string }{
		{all, "", "compose.yaml docker-compose.backend.yml docker-compose.dev.yaml"},
		{all + "compose.override.yml", "", "compose.yaml compose.override.yml docker-compose.backend.yml docker-compose.dev.yaml"},
		{all, "COMPOSE_FILE=compose.yaml:other.yaml", "compose.yaml other.yaml docker-compose.backend.yml docker-compose.dev.yaml"},
		{all, "COMPOSE_FILE=compose.yaml:docker-compose.dev.yaml", "compose.yaml docker-compose.backend.yml docker-compose.dev.yaml"},
		{all, "COMPOSE_FILE=compose.yaml:docker-compose.backend.yml", "compose.yaml docker-compose.backend.yml docker-compose.dev.yaml"},
		{all, "COMPOSE_FILE=other.yaml", "other.yaml"}, // not the stack that they are for
		{"compose.yaml", "", "compose.yaml"},
	} {
		var shell []string
		if c.shell != "" {
			shell = []string{c.shell}
		}
		if got, _, _ := found(t, c.files, shell, add); got != c.want {
			t.Errorf("of %s with %q: %s\nwant %s", c.files, c.shell, got, c.want)
		}
	}
}

func TestTheLayoutsFilesAreAsByF(t *testing.T) {
	t.Parallel()
	got, env, _ := found(t, "a.yaml b.yaml compose.yaml .env=COMPOSE_FILE=compose.yaml common.env", nil, func(p *Place) {
		p.Files = []string{filepath.Join(p.Dir, "b.yaml"), filepath.Join(p.Dir, "a.yaml")}
		p.EnvFiles = []string{filepath.Join(p.Dir, "common.env")}
	})
	if got != "b.yaml a.yaml" || env != "common.env .env" {
		t.Errorf("%s, %s", got, env)
	}
}

func TestEnvFilesAreThoseOfComposeWeakestFirst(t *testing.T) {
	t.Parallel()
	const files = "compose.yaml sub/c.yaml .env=COMPOSE_FILE=sub/c.yaml sub/.env a.env b.env"
	asked := func(p *Place) { p.Link, p.Meant = filepath.Join(p.Dir, "b.env"), true }
	named := func(p *Place) { p.Link, p.Named = filepath.Join(p.Dir, "b.env"), true }
	for _, c := range []struct {
		shell  []string
		change func(*Place)
		want   string
	}{
		{nil, nil, "sub/.env .env"},
		{[]string{"COMPOSE_FILE=compose.yaml"}, nil, ".env"},
		{[]string{"COMPOSE_ENV_FILES=b.env,a.env"}, nil, "b.env a.env"},
		{[]string{"COMPOSE_ENV_FILES=,"}, nil, "sub/.env .env"},
		{[]string{"COMPOSE_DISABLE_ENV_FILE=t"}, nil, ""},
		{[]string{"COMPOSE_DISABLE_ENV_FILE=0"}, nil, "sub/.env .env"},
		{nil, named, "b.env"},
		{[]string{"COMPOSE_ENV_FILES=a.env", "COMPOSE_DISABLE_ENV_FILE=1"}, asked, "b.env"},
		{[]string{"COMPOSE_DISABLE_ENV_FILE=1"}, named, "b.env"},
	} {
		if _, got, _ := found(t, files, c.shell, c.change); got != c.want {
			t.Errorf("%q: %s, want %s", c.shell, got, c.want)
		}
	}
}

func TestAnEnvFileSaysWhereItNamesTheComposeFiles(t *testing.T) {
	t.Parallel()
	_, _, s := found(t, "compose.yaml .env=A=1;COMPOSE_FILE=compose.yaml", nil, nil)
	if s.NamedBy != ".env:2" {
		t.Errorf("named by %q", s.NamedBy)
	}
	if _, _, s = found(t, "compose.yaml", nil, nil); s.NamedBy != "" {
		t.Errorf("named by %q", s.NamedBy)
	}
}

// The values are those of Compose: test/parity asks it.
func TestTheDotenvOfTheProjectDirectoryIsTheWeakest(t *testing.T) {
	t.Parallel()
	_, _, s := found(t, "sub/c.yaml .env=A=root;COMPOSE_FILE=sub/c.yaml sub/.env=A=sub;B=${A}/sub", nil, nil)
	r, err := s.Resolve(dotenv.ResolveOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := r.Explain("A"), r.Explain("B")
	if a.Winner.String() != ".env:1" || len(a.Losers) != 1 || a.Losers[0].String() != "sub/.env:1" || b.Winner.Value.Reveal() != "root/sub" || b.Winner.String() != "sub/.env:2" {
		t.Errorf("A: %v, B: %v", a, b)
	}
}

func TestWhatIsNoFileIsRefusedWithWhoNamedIt(t *testing.T) {
	t.Parallel()
	for shell, want := range map[string]string{
		"COMPOSE_FILE=-":                      "set by the shell, names -, which is no file of this machine",
		"COMPOSE_FILE=github.com/a/b":         "docker compose config writes it down as a file",
		"COMPOSE_FILE=compose.yaml:sub":       "names sub, which is no file",
		"COMPOSE_FILE=compose.yaml:none.yaml": "correct COMPOSE_FILE in the shell, or: unset COMPOSE_FILE",
		"COMPOSE_ENV_FILES=none.env":          `names "none.env", which is not in`,
		"COMPOSE_DISABLE_ENV_FILE=":           "export COMPOSE_DISABLE_ENV_FILE=true, or: unset COMPOSE_DISABLE_ENV_FILE",
	} {
		if got, _, _ := found(t, "compose.yaml sub/x", []string{shell}, nil); !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", shell, got, want)
		}
	}
}

func TestTheCLIFindsTheEnvFilesByItselfWhereFlagsSaySomethingElse(t *testing.T) {
	t.Parallel()
	_, _, both := found(t, "sub/c.yaml .env=COMPOSE_FILE=sub/c.yaml sub/.env", nil, nil)
	_, _, one := found(t, "compose.yaml .env", nil, nil)
	_, _, named := found(t, "compose.yaml .env", []string{"COMPOSE_ENV_FILES=.env"}, nil)
	if !both.ByItself(false) || one.ByItself(false) || !one.ByItself(true) || named.ByItself(true) {
		t.Error(both.ByItself(false), one.ByItself(false), one.ByItself(true), named.ByItself(true))
	}
	if got := ByEnvironment([]string{"/a:b", "/c"}); !slices.Equal(got, []string{"COMPOSE_PATH_SEPARATOR=\n", "COMPOSE_FILE=/a:b\n/c"}) {
		t.Errorf("%q", got)
	}
}

func TestWhatTheVariableShouldNameIsTold(t *testing.T) {
	t.Parallel()
	add := func(p *Place) { p.Add = []string{"docker-compose.dev"} }
	for _, c := range []struct{ files, value, ignored string }{
		{"compose.yaml docker-compose.dev.yml", "compose.yaml:docker-compose.dev.yml", ""},
		{"compose.yaml compose.override.yml docker-compose.dev.yml", "compose.yaml:compose.override.yml:docker-compose.dev.yml", ""},
		{"compose.yaml compose.override.yml .env=COMPOSE_FILE=compose.yaml", "compose.yaml", "compose.override.yml"},
	} {
		_, _, s := found(t, c.files, nil, add)
		ignored := ""
		if s.Ignored != "" {
			ignored = filepath.Base(s.Ignored)
		}
		if s.Value() != c.value || ignored != c.ignored {
			t.Errorf("%s: %s, %s", c.files, s.Value(), ignored)
		}
	}
}
