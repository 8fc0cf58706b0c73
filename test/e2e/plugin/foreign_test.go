package plugin_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// adopted is a copy of somebody else's repository that uses this one.
func adopted(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "")
	from := filepath.Join(stacktest.Root(t), "test/testdata/foreign")
	s.Dir = filepath.Join(t.TempDir(), "theirs")
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, path)
		stacktest.CopyFile(t, path, filepath.Join(s.Dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Edit("go.mod", "=> ../../..\n", "=> "+stacktest.Root(t)+"\n")
	s.Edit("go.mod", "=> ../../../plugins/sdk", "=> "+stacktest.Root(t)+"/plugins/sdk")
	s.Edit("deploy/docker-compose.yml", "name: theirs", "name: "+s.Name)
	stacktest.CopyFile(t, filepath.Join(stacktest.Root(t), "scripts/mage"), filepath.Join(s.Dir, "scripts/mage"))
	// What Spellbook has come to need since their last `go get` is known to
	// its own go.sum, so that nothing is asked of the network.
	sums, err := os.ReadFile(filepath.Join(stacktest.Root(t), "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	s.Edit("go.sum", "", string(sums))
	s.Env = append(s.Env, "GOFLAGS=-mod=mod", "GOWORK=off", "SPELLBOOK_CACHE="+t.TempDir(), "MAGEFILE_CACHE="+t.TempDir())
	return s
}

// call runs a program in a directory of the repository and wants success.
func (s *stack) call(dir, program string, args ...string) string {
	s.T.Helper()
	one := *s
	one.Dir = filepath.Join(s.Dir, dir)
	code, out := one.Exec(program, args...)
	if code != 0 {
		s.T.Fatalf("%s %v in %q: exit code %d\n%s", program, args, dir, code, out)
	}
	return out
}

func TestSomebodyElsesRepositoryRunsItsStackWithAFewLines(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	first := s.call("", "go", "tool", "mage", "infra:up")
	stacktest.Result{Out: first}.Says(t, "created deploy/environments/.env.local", "environment local is active", "api", "ready")
	s.InEnvironment("local")
	s.wantEnvironment()
	if got := stacktest.Docker(t, "inspect", "-f", "{{.Config.Env}}", s.Name+"-store-1"); strings.Contains(got, "TOKEN= ") || !strings.Contains(got, "TOKEN=") {
		t.Errorf("no secret was made for the store: %s", got)
	}
	if got := s.call("", "go", "tool", "mage", "greet", "you"); got != "hello you, this is theirs\n" {
		t.Errorf("their own target says %q", got)
	}
	if got := s.call("", "go", "tool", "mage", "ci"); got != "these are their checks\n" {
		t.Errorf("their own ci says %q", got)
	}
	list := s.call("", "go", "tool", "mage", "-l")
	// A task of Spellbook's own repository is not in their list.
	stacktest.Result{Out: list}.Says(t, "greet", "infra:up", "infra:down", "env:use", "build:all", "dev:up", "plugin:list", "clean:all").SaysNot(t, "bench")
	s.fromAnywhere()
	stacktest.Result{Out: s.call("", "go", "tool", "mage", "infra:down", "-volumes", "-yes")}.Says(t, "is down")
	if ids := s.IDs(); len(ids) != 0 {
		t.Errorf("left behind: %v", ids)
	}
}

// wantEnvironment: .env is a link to a file that only its owner reads.
func (s *stack) wantEnvironment() {
	s.T.Helper()
	link, err := os.Readlink(filepath.Join(s.Dir, ".env"))
	if err != nil || link != "deploy/environments/.env.local" {
		s.T.Errorf(".env → %q, %v", link, err)
	}
	info, err := os.Stat(filepath.Join(s.Dir, "deploy/environments/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		s.T.Errorf("the environment's file: %v, %v", info, err)
	}
}

// fromAnywhere calls targets from other directories and by the launcher, all
// of which mean the same stack.
func (s *stack) fromAnywhere() {
	s.T.Helper()
	before := s.IDs()
	outside := filepath.Dir(s.Dir)
	launcher := filepath.Join(s.Dir, "scripts/mage")
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
			s.T.Errorf("%s %v in %s:\n%s", way.program, way.args, way.dir, out)
		}
	}
	if after := s.IDs(); !maps.Equal(before, after) {
		s.T.Errorf("before %v, after %v", before, after)
	}
	if _, err := os.Lstat(filepath.Join(outside, ".spellbook")); err == nil {
		s.T.Error("something was written outside of their repository")
	}
	var status report.Status
	s.Decode("status", s.call("services/api", launcher, "infra:status", "-json"), &status)
	if !status.Ready || len(status.Services) != 3 || status.Environment != "local" {
		s.T.Errorf("status: %+v", status)
	}
	s.call("", launcher, "infra:up", "-profile=tools")
	if ids := s.IDs(); len(ids) != 4 {
		s.T.Errorf("with the profile of the included file: %v", ids)
	}
}
