package e2e_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// adopted is a copy of somebody else's repository that uses this one.
func adopted(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "")
	from := filepath.Join(root(t), "test/testdata/foreign")
	s.dir = filepath.Join(t.TempDir(), "theirs")
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, path)
		copyFile(t, path, filepath.Join(s.dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.replace("go.mod", "=> ../../..", "=> "+root(t))
	s.replace("deploy/docker-compose.yml", "name: theirs", "name: "+s.name)
	copyFile(t, filepath.Join(root(t), "scripts/mage"), filepath.Join(s.dir, "scripts/mage"))
	// What Spellbook has come to need since their last `go get` is known to
	// its own go.sum, so that nothing is asked of the network.
	sums, err := os.ReadFile(filepath.Join(root(t), "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	s.replace("go.sum", "", string(sums))
	s.env = append(s.env, "GOFLAGS=-mod=mod", "GOWORK=off", "SPELLBOOK_CACHE="+t.TempDir(), "MAGEFILE_CACHE="+t.TempDir())
	return s
}

// replace replaces old once; an empty old stands for the beginning.
func (s *stack) replace(name, old, by string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		s.t.Fatalf("%s: no %q (%v)", name, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, by, 1)), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// call runs a program in a directory of the repository and wants success.
func (s *stack) call(dir, program string, args ...string) string {
	s.t.Helper()
	one := *s
	one.dir = filepath.Join(s.dir, dir)
	code, out := one.exec(program, args...)
	if code != 0 {
		s.t.Fatalf("%s %v in %q: exit code %d\n%s", program, args, dir, code, out)
	}
	return out
}

func TestSomebodyElsesRepositoryRunsItsStackWithAFewLines(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	first := s.call("", "go", "tool", "mage", "infra:up")
	for _, want := range []string{"created deploy/environments/.env.local", "environment local is active", "api", "ready"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
	s.inEnvironment("local")
	s.wantEnvironment()
	if got := cli(t, "inspect", "-f", "{{.Config.Env}}", s.name+"-store-1"); strings.Contains(got, "TOKEN= ") || !strings.Contains(got, "TOKEN=") {
		t.Errorf("no secret was made for the store: %s", got)
	}
	if got := s.call("", "go", "tool", "mage", "greet", "you"); got != "hello you, this is theirs\n" {
		t.Errorf("their own target says %q", got)
	}
	if got := s.call("", "go", "tool", "mage", "ci"); got != "these are their checks\n" {
		t.Errorf("their own ci says %q", got)
	}
	list := s.call("", "go", "tool", "mage", "-l")
	for _, want := range []string{"greet", "infra:up", "infra:down", "env:use", "build:all", "dev:up", "plugin:list", "clean:all"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in the list\n%s", want, list)
		}
	}
	if strings.Contains(list, "bench") {
		t.Errorf("a task of Spellbook's own repository is in the list\n%s", list)
	}
	s.fromAnywhere()
	if got := s.call("", "go", "tool", "mage", "infra:down", "-volumes", "-yes"); !strings.Contains(got, "is down") {
		t.Errorf("got %s", got)
	}
	if ids := s.ids(); len(ids) != 0 {
		t.Errorf("left behind: %v", ids)
	}
}

// wantEnvironment: .env is a link to a file that only its owner reads.
func (s *stack) wantEnvironment() {
	s.t.Helper()
	link, err := os.Readlink(filepath.Join(s.dir, ".env"))
	if err != nil || link != "deploy/environments/.env.local" {
		s.t.Errorf(".env → %q, %v", link, err)
	}
	info, err := os.Stat(filepath.Join(s.dir, "deploy/environments/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		s.t.Errorf("the environment's file: %v, %v", info, err)
	}
}

// fromAnywhere calls targets from other directories and by the launcher, all
// of which mean the same stack.
func (s *stack) fromAnywhere() {
	s.t.Helper()
	before := s.ids()
	outside := filepath.Dir(s.dir)
	launcher := filepath.Join(s.dir, "scripts/mage")
	for _, way := range []struct {
		dir     string
		program string
		args    []string
	}{
		{"services/api", launcher, []string{"infra:up"}},
		{"services/api", "../../scripts/mage", []string{"infra:up"}},
		{"services/api", "go", []string{"tool", "mage", "-d", "../..", "-w", "../..", "infra:up"}},
		{"services/api", "go", []string{"tool", "mage", "-d", "../..", "infra:up"}},
		{"..", launcher, []string{"infra:up"}},
	} {
		if out := s.call(way.dir, way.program, way.args...); !strings.Contains(out, "nothing to do") {
			s.t.Errorf("%s %v in %s:\n%s", way.program, way.args, way.dir, out)
		}
	}
	if after := s.ids(); !equal(before, after) {
		s.t.Errorf("before %v, after %v", before, after)
	}
	if _, err := os.Lstat(filepath.Join(outside, ".spellbook")); err == nil {
		s.t.Error("something was written outside of their repository")
	}
	var status report.Status
	s.decode("status", s.call("services/api", launcher, "infra:status", "-json"), &status)
	if !status.Ready || len(status.Services) != 3 || status.Environment != "local" {
		s.t.Errorf("status: %+v", status)
	}
	s.call("", launcher, "infra:up", "-profile=tools")
	if ids := s.ids(); len(ids) != 4 {
		s.t.Errorf("with the profile of the included file: %v", ids)
	}
}

// decode reads a document that its schema allows.
func (s *stack) decode(schema, text string, into any) {
	s.t.Helper()
	schematest.Validate(s.t, schema, []byte(text))
	if err := unmarshal(text, into); err != nil {
		s.t.Fatalf("%v in\n%s", err, text)
	}
}

func unmarshal(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one document")
	}
	return nil
}
