package project

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/composeload"
)

// stack is a repository of the given files, "path": "text".
func stack(t *testing.T, files map[string]string) Layout {
	t.Helper()
	var list []section
	for name, text := range files {
		list = append(list, section{name, text})
	}
	return Layout{Root: lay(t, list)}
}

func load(t *testing.T, l Layout, o Options) *Project {
	t.Helper()
	p, err := Load(t.Context(), l, o)
	if err != nil {
		t.Fatal(err)
	}
	known := loadKnown(t, l, o)
	one, err := p.Model.MarshalYAML()
	two, err2 := known.Model.MarshalYAML()
	if err != nil || err2 != nil || string(one) != string(two) {
		t.Errorf("what was valid before is loaded otherwise (%v, %v):\n%s\n%s", err, err2, one, two)
	}
	return p
}

// loadKnown loads what was valid before.
func loadKnown(t *testing.T, l Layout, o Options) *Project {
	t.Helper()
	o.Valid = composeload.Memory(filepath.Join(t.TempDir(), "valid"))
	if _, err := Load(t.Context(), l, o); err != nil {
		t.Fatal(err)
	}
	p, err := Load(t.Context(), l, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

const base = "compose/docker-compose.yml"

func TestShellWinsOverEnvFileWinsOverDefault(t *testing.T) {
	l := stack(t, map[string]string{
		".env": "FROM_FILE=file\nFROM_SHELL=file\nEMPTY=\n",
		base: `services:
  a:
    image: x
    environment:
      SHELL_WINS: ${FROM_SHELL:-default}
      FILE_WINS: ${FROM_FILE:-default}
      DEFAULT: ${FROM_NOWHERE:-default}
      EMPTY_TAKES_DEFAULT: ${EMPTY:-default}
      EMPTY_STAYS: ${EMPTY-default}
      DOLLAR: $$FROM_FILE
`})
	p := load(t, l, Options{Environ: []string{"FROM_SHELL=shell"}})
	for name, want := range map[string]string{
		"SHELL_WINS": "shell", "FILE_WINS": "file", "DEFAULT": "default",
		"EMPTY_TAKES_DEFAULT": "default", "EMPTY_STAYS": "", "DOLLAR": "$FROM_FILE",
	} {
		same(t, name, *p.Model.Services["a"].Environment[name], want)
	}
}

func TestUnsetVariableIsAWarning(t *testing.T) {
	p := load(t, stack(t, map[string]string{base: "services:\n  a:\n    image: x$NONE\n"}), Options{})
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "NONE") {
		t.Errorf("warnings: %q", p.Warnings)
	}
}

func TestProfilesEnableTheirServices(t *testing.T) {
	l := stack(t, map[string]string{base: `services:
  a: {image: x}
  kafka: {image: x, profiles: [stream]}
  search: {image: x, profiles: [search, stream]}
`})
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"none", Options{}, "a"},
		{"by option", Options{Profiles: []string{"search"}}, "a search"},
		{"by the shell", Options{Environ: []string{"COMPOSE_PROFILES=stream"}}, "a kafka search"},
		{"option before shell", Options{Profiles: []string{"search"}, Environ: []string{"COMPOSE_PROFILES=stream"}}, "a search"},
		{"all", Options{Profiles: []string{"*"}}, "a kafka search"},
		{"by name", Options{Services: []string{"kafka"}}, "kafka"},
	} {
		p := load(t, l, c.o)
		same(t, c.name, strings.Join(p.Services(), " "), c.want)
		same(t, c.name+": known", p.Known("search"), true)
	}
}

func TestSelectionTakesDependenciesAlong(t *testing.T) {
	l := stack(t, map[string]string{base: `services:
  api: {image: x, depends_on: [db]}
  db: {image: x}
  other: {image: x}
`})
	same(t, "services", strings.Join(load(t, l, Options{Services: []string{"api"}}).Services(), " "), "api db")
	_, err := Load(t.Context(), l, Options{Services: []string{"apx"}})
	if err == nil || !strings.Contains(err.Error(), "services are: api, db, other") {
		t.Errorf("unknown service: %v", err)
	}
}

func TestIncludedFilesAreReadFromWhereTheyAre(t *testing.T) {
	p := load(t, stack(t, map[string]string{
		base:                        "include: [more/kafka.yml]\nservices:\n  a: {image: x, depends_on: [kafka]}\n",
		"compose/more/kafka.yml":    "services:\n  kafka:\n    image: x\n    env_file: kafka.env\n    volumes: [\"./data:/data\"]\n",
		"compose/more/kafka.env":    "A=1\n",
		"compose/more/data/present": "",
	}), Options{})
	kafka := p.Model.Services["kafka"]
	same(t, "env_file", *kafka.Environment["A"], "1")
	same(t, "bind mount", kafka.Volumes[0].Source, p.Layout.Path("compose", "more", "data"))
}

func TestOverlayOfTheEnvironmentIsMergedLast(t *testing.T) {
	l := stack(t, map[string]string{
		base:                                 "services:\n  a:\n    image: base\n    environment: {A: base, B: base}\n    ports: [\"1:1\"]\n",
		"compose/docker-compose.backend.yml": "services:\n  api: {image: backend}\n  a:\n    environment: {B: backend, C: backend}\n",
		"compose/docker-compose.dev.yml":     "services:\n  a:\n    image: dev\n    environment: {C: dev}\n    ports: !override [\"2:2\"]\n",
	})
	p := load(t, l, Options{Env: "dev", Backend: true})
	a := p.Model.Services["a"]
	same(t, "image", a.Image, "dev")
	for name, want := range map[string]string{"A": "base", "B": "backend", "C": "dev"} {
		same(t, name, *a.Environment[name], want)
	}
	same(t, "ports", len(a.Ports), 1)
	same(t, "without overlay", load(t, l, Options{Env: "local"}).Model.Services["a"].Image, "base")
	same(t, "without backend", slices.Contains(load(t, l, Options{Env: "dev"}).Services(), "api"), false)
}

func TestNameOfTheProject(t *testing.T) {
	files := map[string]string{base: "name: from-file\nservices:\n  a: {image: x}\n", ".env": "COMPOSE_PROJECT_NAME=from-env\n"}
	l := stack(t, files)
	same(t, "shell", load(t, l, Options{Environ: []string{"COMPOSE_PROJECT_NAME=from-shell"}}).Name, "from-shell")
	same(t, "env file", load(t, l, Options{}).Name, "from-env")
	delete(files, ".env")
	same(t, "file", load(t, stack(t, files), Options{}).Name, "from-file")
	files[base] = "services:\n  a: {image: x}\n"
	same(t, "directory", load(t, stack(t, files), Options{}).Name, "compose")
}

func TestFilesOfTheLayoutComeInTheirOrder(t *testing.T) {
	l := stack(t, map[string]string{"a.yml": "services:\n  a: {image: first}\n", "deploy/b.yml": "services:\n  a: {image: second}\n"})
	l.Files = []string{"a.yml", "deploy/b.yml"}
	same(t, "image", load(t, l, Options{}).Model.Services["a"].Image, "second")
}

func TestSettingSaysWhereAVariableIsSet(t *testing.T) {
	l := Layout{Root: "/repository"}.WithDefaults()
	for want, p := range map[string]*Project{
		"set A=1 in env/.env.dev":                  {Layout: l, Env: "dev", EnvFile: "/repository/.env"},
		"set A=1 in .env":                          {Layout: l, EnvFile: "/repository/.env"},
		"export A=1":                               {Layout: l, shell: []string{"COMPOSE_DISABLE_ENV_FILE=1"}},
		"export A=1, which the shell sets already": {Layout: l, Env: "dev", shell: []string{"A=0"}},
	} {
		same(t, "setting", p.Setting("A", "1"), want)
	}
}

// TestWhatWasValidIsValidatedWhereAnythingChanged: the file that is wrong is so by a
// text or by a variable alone.
func TestWhatWasValidIsValidatedWhereAnythingChanged(t *testing.T) {
	const right = "services:\n  a:\n    image: x\n    init: ${INIT:-true}\n"
	l := stack(t, map[string]string{base: right})
	o := Options{Valid: composeload.Memory(filepath.Join(t.TempDir(), "valid"))}
	for round := range 2 {
		if _, err := Load(t.Context(), l, o); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if data, _ := os.ReadFile(string(o.Valid)); strings.Count(string(data), "\n") != 1 {
		t.Errorf("remembered: %q, want one key", data)
	}
	wrong := o
	wrong.Environ = []string{"INIT=perhaps"}
	_, byVariable := Load(t.Context(), l, wrong)
	if err := os.WriteFile(filepath.Join(l.Root, base), []byte(right+"    prots: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, byText := Load(t.Context(), l, o)
	for what, err := range map[string]error{"true or false": byVariable, "prots": byText} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q is not told: %v", what, err)
		}
	}
}

// Each stack of a test has ports and a file of its own: were each validated anew, their keys
// would push out what is remembered of all else.
func TestWhatStacksHaveOfTheirOwnIsValidatedOnceForAll(t *testing.T) {
	l := stack(t, map[string]string{base: "services:\n  a:\n    image: x\n    ports: [\"${PORT:-1}:1\"]\n"})
	o := Options{Valid: composeload.Memory(filepath.Join(t.TempDir(), "valid")), Chosen: []string{"PORT"}}
	for n := range 3 {
		o.Environ, o.Overrides = []string{fmt.Sprintf("PORT=%d", 20000+n)}, nil
		if _, err := Load(t.Context(), l, o); err != nil {
			t.Fatal(err)
		}
		o.Overrides = []string{filepath.Join(t.TempDir(), "override.yml")}
		if err := os.WriteFile(o.Overrides[0], fmt.Appendf(nil, "services:\n  a: {labels: {n: \"%d\"}}\n", n), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := Load(t.Context(), l, o)
		if err != nil || p.Model.Services["a"].Labels["n"] != fmt.Sprint(n) || p.Model.Services["a"].Ports[0].Published != fmt.Sprint(20000+n) {
			t.Errorf("stack %d: %v", n, err)
		}
	}
	if data, _ := os.ReadFile(string(o.Valid)); strings.Count(string(data), "\n") != 1 {
		t.Errorf("remembered: %q, want one key", data)
	}
	o.Environ = []string{"PORT="} // which nobody has chosen
	o.Chosen = nil
	if _, err := Load(t.Context(), l, o); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(string(o.Valid)); strings.Count(string(data), "\n") != 2 {
		t.Errorf("remembered: %q, want one key more", data)
	}
}

func TestAVersionIsTakenAwayHoweverOftenItWasValid(t *testing.T) {
	for _, version := range []string{"version: '3'\n", "\"version\" : '3'\n", "x-a: &a {version: '3'}\n<<: *a\n"} {
		p := loadKnown(t, stack(t, map[string]string{base: version + "services:\n  a: {image: x}\n"}), Options{})
		if text, err := p.Model.MarshalYAML(); err != nil || strings.HasPrefix(string(text), "version") {
			t.Errorf("%s: %v\n%s", version, err, text)
		}
	}
}

func TestNamesAreThoseThatComposeMakes(t *testing.T) {
	files := map[string]string{"compose.yaml": "name: shop\nservices:\n  web: {build: ., container_name: mine}\n  db: {build: .}\n  named: {image: \"a:b\", build: .}\n"}
	const blanks = " y " // which count for nothing
	for compatibility, want := range map[string]string{
		"": "mine shop-db-2 shop-db a:b", "false": "mine shop-db-2 shop-db a:b", "nonsense": "mine shop-db-2 shop-db a:b",
		"1": "mine shop_db_2 shop_db a:b", "TRUE": "mine shop_db_2 shop_db a:b", blanks: "mine shop_db_2 shop_db a:b",
	} {
		p := load(t, stack(t, files), Options{Environ: []string{"COMPOSE_COMPATIBILITY=" + compatibility}})
		got := strings.Join([]string{p.ContainerName("web", 1), p.ContainerName("db", 2), p.ImageName("db"), p.ImageName("named")}, " ")
		if got != want {
			t.Errorf("COMPOSE_COMPATIBILITY=%q: %s, want %s", compatibility, got, want)
		}
	}
}
