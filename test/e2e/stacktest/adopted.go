package stacktest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// adoptedMagefile is that of another repository, with tasks of its own: hello, which has
// inputs and a failing flag, and report, which goes on from the integration tests.
const adoptedMagefile = `//go:build mage

package main

import (
	"github.com/infinitescribe/spellbook/magefiles/task"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/ci"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/task"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/test"
)

func init() {
	task.Define("hello", task.Inputs("greeting"), task.Outputs("said"), task.Run("sh", "-c", "cat greeting && cp greeting said && ! grep no greeting"))
	task.Define("report", task.Needs("integration"), task.Run("sh", "-c", "echo reported >reported"))
}
`

// Adopted is the targets ci, task:* and test:* of another repository that has adopted
// Spellbook, compiled by Mage.
func Adopted(t *testing.T) string {
	t.Helper()
	path, err := adopted()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var adopted = sync.OnceValues(func() (string, error) { return kept("adopted", compileAdopted) })

// compileAdopted makes the repository, as it is after go get, with this tree in place of a
// version.
func compileAdopted(dir, path string) error {
	there, err := os.MkdirTemp("", "sbtest-adopted-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(there) }()
	mod, err := os.ReadFile(filepath.Join(dir, "test/testdata/foreign/go.mod"))
	sum, missing := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err := errors.Join(err, missing, os.Mkdir(filepath.Join(there, "magefiles"), 0o755)); err != nil {
		return err
	}
	for name, text := range map[string]string{"go.mod": strings.ReplaceAll(string(mod), "=> ../../..", "=> "+dir), "go.sum": string(sum), "magefiles/magefile.go": adoptedMagefile} {
		if err := os.WriteFile(filepath.Join(there, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("go", "tool", "mage", "-compile", path)
	cmd.Dir, cmd.Env = there, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
}
