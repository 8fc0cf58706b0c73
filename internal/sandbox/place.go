// Package sandbox is what makes a copy of a stack its own: its name, its ports, the
// Compose file that is merged over the user's, the record of it, and the lease that
// says whether anybody still wants it. It reads a Project and writes below the state
// directory; it asks no engine. Of ours it imports project, environ's and state's
// functions, and failure.
package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

// DefaultName is that of a stack that nobody names where git knows no branch.
const DefaultName = "default"

// longest is how many characters of a name, and of the repository's, get into the
// project's: what is made of that has to be a host name, of 63 at most.
const longest = 20

// Place is where everything of one stack lies: DIR/NAME/ and DIR/NAME.env.
type Place struct {
	Layout project.Layout // of the checkout
	Name   string
}

// At is the place of a stack of a checkout. The failure is Usage where the name is
// none.
func At(l project.Layout, name string) (Place, error) {
	l = l.WithDefaults()
	if fit := NameOf(name); fit != name || name == "" {
		return Place{}, failure.New(failure.Usage, "-name=%s is no name of a stack", name).
			WithHint("at most %d lower-case letters, digits, - and _, starting with a letter or digit: -name=%s", longest, fit)
	}
	return Place{l, name}, nil
}

// NameOf makes a name of any text, such as that of a branch; DefaultName where
// nothing is left of it. Of a long one the end is replaced by a sum of it.
func NameOf(text string) string {
	mapped := strings.Map(func(r rune) rune {
		if strings.ContainsRune("/. ", r) {
			return '-'
		}
		return r
	}, text)
	return short(project.NormalName(mapped, DefaultName), text)
}

func short(name, of string) string {
	if len(name) <= longest {
		return name
	}
	return name[:longest-5] + "-" + sum(of)[:4]
}

// ProjectName is what a stack is called for Compose: after the repository's own
// project, the stack, and eight characters at random, so that no two of any number are
// called the same, on an engine that machines share either: clones of a machine have
// one name, and CI has one path on each.
func (p Place) ProjectName(repository, random string) string {
	return short(repository, repository) + "-" + p.Name + "-" + random
}

// Root is the checkout, however it was come to.
func (p Place) Root() string {
	if root, err := filepath.EvalSymlinks(p.Layout.Root); err == nil {
		return root
	}
	return p.Layout.Root
}

func sum(parts ...string) string {
	s := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(s[:])
}

// Dir is what the directory of all stacks is called, in the state directory.
const Dir = "test"

func dirOf(l project.Layout) string { return filepath.Join(l.StateDir, Dir) }

// Dir is the state directory of the stack, relative to the root as Layout has it.
func (p Place) Dir() string { return filepath.Join(dirOf(p.Layout), p.Name) }

// Path is a file of the stack.
func (p Place) Path(name string) string { return p.Layout.Path(p.Dir(), name) }

// EnvFile is where the variables of the stack are, for tests.
func (p Place) EnvFile() string { return p.Layout.Path(dirOf(p.Layout), p.Name+".env") }

// Overrides is the Compose file of the stack.
func (p Place) Overrides() string { return p.Path("override.yml") }

// Stacks are the stacks that a checkout has records of, by name. Where there are
// none that costs one look at a directory that is not there.
func Stacks(l project.Layout) ([]Place, error) {
	l = l.WithDefaults()
	entries, err := os.ReadDir(l.Path(dirOf(l)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []Place
	for _, e := range entries {
		if at := (Place{l, e.Name()}); e.IsDir() && !at.onlyLogs() {
			list = append(list, at)
		}
	}
	return list, err
}

// Record is what is remembered of a stack: all that is needed to remove it, without
// its Compose files.
type Record struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
	Project string `json:"project"`
	// Root is the checkout that made it: in a copy of that, the record is none.
	Root    string `json:"root"`
	Machine string `json:"machine"`
	// Engine are the variables that say where its engine is, NAME=value; EngineID
	// is what that calls itself.
	Engine   []string `json:"engine"`
	EngineID string   `json:"engine_id"`
	// Address is where its ports are, for who is on this machine.
	Address  string            `json:"address"`
	Services []string          `json:"services,omitempty"` // that were asked for; none are all
	Ports    map[string]uint16 `json:"ports"`              // on the host, by Port.Key: the first of each
	Made     time.Time         `json:"made"`
	Tmpfs    bool              `json:"tmpfs"` // data is in memory
	// Keep is how long the stack was to stay, for who renews it.
	Keep time.Duration `json:"keep"`
	// Withheld are names that its variables have not got, and that tests must not have from
	// elsewhere: they lead to services that it has not got.
	Withheld []string `json:"withheld,omitempty"`
	// Filling: its volumes are being filled from a snapshot; found so, they are worth nothing.
	Filling bool `json:"filling,omitempty"`
	// Digest is of all that the stack was made from, where a run may want the same again.
	Digest string `json:"digest,omitempty"`
	// Until is when nobody who is gone wants it any more; zero while nobody has
	// asked for it to stay.
	Until time.Time `json:"until"`
}

// Read is the record of a stack; false where there is none that holds here.
func (p Place) Read() (Record, bool) {
	r, err := state.ReadJSON[Record](p.Path("stack.json"), 1)
	if err != nil || r.Project == "" {
		return Record{}, false
	}
	return r, p.made(r)
}

// made: the record is of this checkout, by another way to it or where that has been
// moved, and no copy of what is still elsewhere.
func (p Place) made(r Record) bool {
	if r.Root == p.Layout.Root {
		return true
	}
	there, err := os.Stat(r.Root)
	if errors.Is(err, fs.ErrNotExist) {
		machine, _ := os.Hostname() // another one does not have what this one has
		return r.Machine == machine
	}
	here, missing := os.Stat(p.Layout.Root)
	return err == nil && missing == nil && os.SameFile(there, here)
}

// Check is an error where there is a record that this program cannot read: what it is
// of must not be forgotten. The failure is Preflight.
func (p Place) Check() error {
	path := p.Path("stack.json")
	_, err := state.ReadJSON[Record](path, 1)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return failure.New(failure.Preflight, "read record %q of the stack %s: %w", p.Layout.Short(path), p.Name, err).
		WithHint("another version of Spellbook may have written it: remove the stack with that one")
}

// Write replaces the record.
func (p Place) Write(r Record) error {
	r.Version, r.Name, r.Root = 1, p.Name, p.Layout.Root
	state.KeepOutOfGit(p.Layout.Path(p.Layout.StateDir))
	return state.WriteJSON(p.Path("stack.json"), r)
}

// NoteTry notes that the stack could not be removed now.
func (p Place) NoteTry() { _ = os.WriteFile(p.Path("tried"), nil, 0o600) }

// TriedSince reports whether the stack could not be removed at some time after t.
func (p Place) TriedSince(t time.Time) bool {
	info, err := os.Stat(p.Path("tried"))
	return err == nil && info.ModTime().After(t)
}

// Begun reports whether there is more of a stack than what outlives it.
func (p Place) Begun() bool {
	_, err := os.Stat(p.Path("stack.json"))
	return err == nil || len(p.leases()) > 0
}

// Forget removes all files of the stack, the record last: whoever is killed here is
// followed by one who finds it.
func (p Place) Forget() error {
	if err := os.Remove(p.EnvFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(p.Path(""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	logs := false // they stay
	last := func(e fs.DirEntry) bool {
		logs = logs || e.Name() == LogsDir
		return e.Name() == "stack.json" || e.Name() == LogsDir
	}
	for _, e := range slices.DeleteFunc(entries, last) {
		if err := os.RemoveAll(p.Path(e.Name())); err != nil {
			return err
		}
	}
	if logs {
		return os.RemoveAll(p.Path("stack.json"))
	}
	return os.RemoveAll(p.Path(""))
}
