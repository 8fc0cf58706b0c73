package stacktest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gofrs/flock"
)

// Root is the repository that is tested.
func Root(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var root = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(strings.TrimSpace(string(out))), err
})

// Cache is a directory of this checkout for programs that tests need, which git
// does not know.
func Cache() (string, error) {
	dir, err := root()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, ".spellbook", "e2e")
	return dir, os.MkdirAll(dir, 0o755)
}

// tracked are the files that git knows or would add, by their paths below a root.
func tracked(dir string) ([]string, error) {
	list := exec.Command("git", "ls-files", "-co", "--exclude-standard", "-z")
	list.Dir = dir
	out, err := list.Output()
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), err
}

// Binary is the targets compiled by Mage itself, once for each state of the
// sources: tests of several packages run at the same time.
func Binary(t *testing.T) string {
	t.Helper()
	path, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// held are locks on the binaries, for as long as this process runs.
var held []*flock.Flock

var compiled = sync.OnceValues(func() (string, error) { return kept("mage", compile) })

// kept is a binary of these sources, compiled where nobody has yet. It takes away those of
// other sources that nobody holds.
func kept(kind string, compile func(dir, path string) error) (string, error) {
	dir, err := root()
	if err != nil {
		return "", err
	}
	sum, err := sources(dir)
	if err != nil {
		return "", err
	}
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	all := flock.New(filepath.Join(cache, "lock"))
	if err := all.Lock(); err != nil {
		return "", err
	}
	defer func() { _ = all.Unlock() }()
	path := filepath.Join(cache, kind+"-"+sum)
	if _, err := os.Stat(path); err != nil {
		made := filepath.Join(cache, "making")
		if err := errors.Join(compile(dir, made), os.Rename(made, path)); err != nil {
			return "", err
		}
	}
	lock := flock.New(path)
	if err := lock.RLock(); err != nil {
		return "", err
	}
	held = append(held, lock)
	others, err := filepath.Glob(filepath.Join(cache, kind+"-*"))
	for _, other := range others {
		if free, _ := flock.New(other).TryLock(); free {
			_ = os.Remove(other)
		}
	}
	return path, err
}

func compile(dir, path string) error {
	cmd := exec.Command("go", "tool", "mage", "-compile", path)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
}

// sources is a sum of what the targets are compiled from.
func sources(dir string) (string, error) {
	names, err := tracked(dir)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\n%s\n", runtime.Version(), adoptedMagefile)
	for _, name := range names {
		if strings.HasPrefix(name, "test/") && !strings.HasPrefix(name, "test/testdata/foreign/") || strings.HasPrefix(name, "docs/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) { // deleted and not yet committed
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%s %d %s", name, len(text), text)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}

// Mage is a call of the compiled targets in the repository.
func (s *Stack) Mage(args ...string) *exec.Cmd {
	s.T.Helper()
	cmd := exec.Command(Binary(s.T), args...)
	cmd.Dir, cmd.Env = s.Dir, s.Env
	return cmd
}

// Exec runs a program in the repository, and returns its code and both streams together.
func (s *Stack) Exec(program string, args ...string) (code int, output string) {
	s.T.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = s.Dir, s.Env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.T.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// StartBinary runs the compiled targets in the background.
func (s *Stack) StartBinary(args ...string) (*exec.Cmd, *bytes.Buffer) {
	s.T.Helper()
	cmd := s.Mage(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		s.T.Fatal(err)
	}
	return cmd, &out
}
