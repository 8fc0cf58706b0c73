// Package stack gives a test the stack of the repository's Compose files, ready, in one line:
//
//	s := stack.Start(t, stack.Options{Services: []string{"postgres"}})
//	db, err := sql.Open("pgx", s.Env("DATABASE_URL"))
//
// It is a copy that is all its own: names, network, volumes and ports that nothing else on
// the machine has. All tests of one `go test ./...` that ask for the same share one stack,
// whichever packages they are in. It is removed when that command has ended, however it
// ends; see docs/testing.md.
//
// It imports the repository's own packages, and no test framework but testing.
package stack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook"
	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Options say which stack a test wants. Tests with the same Options share one.
type Options struct {
	// Dir is the repository's directory; "" is found from the test's directory upwards, as
	// the targets find it.
	Dir string
	// Services are the ones that the test needs; what they depend on comes with them. None
	// are all.
	Services []string
	// Environ are variables over those of the process, NAME=value.
	Environ []string
	// Timeout is until all is ready; 0 means five minutes.
	Timeout time.Duration
}

// Stack is one that is up and ready until the test's process ends.
type Stack struct {
	// Name is what test:list calls it, and Project the Compose project.
	Name, Project string

	t         testing.TB
	variables []string
	withheld  []string // names
}

// shared are the stacks of this process, by name.
var shared = struct {
	sync.Mutex

	stacks map[string]*test.Stack
}{stacks: map[string]*test.Stack{}}

// Start brings the stack to ready, or takes that of another test of the same go command. The
// test fails where it does not become ready, with what infra:up would have said.
func Start(t testing.TB, o Options) *Stack {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	w, said := o.run()
	owner := findOwner()
	name := o.name(w, owner)
	s := shared.stacks[name]
	if s == nil {
		err := test.Locked(t.Context(), w, name, o.Timeout, func() (err error) {
			s, err = start(t.Context(), w, o, name, owner)
			return err
		})
		if err != nil {
			t.Fatalf("%s%v", said, err)
		}
		shared.stacks[name] = s
	}
	return &Stack{Name: s.Name, Project: s.Project, t: t, variables: s.Variables, withheld: s.Withheld()}
}

// run is one of this process, whose words go to the test.
func (o Options) run() (*app.Run, *bytes.Buffer) {
	layout := project.Layout(spellbook.Repository)
	if o.Dir != "" {
		layout.Root, _ = filepath.Abs(o.Dir)
	}
	said := &bytes.Buffer{}
	w := app.OfTests(layout, said)
	w.Environ = append(w.Environ, o.Environ...)
	return w, said
}

// name is the same for all that share a stack, and for nobody else.
func (o Options) name(w *app.Run, of owner) string {
	services := slices.Sorted(slices.Values(o.Services))
	sum := sha256.Sum256([]byte(fmt.Sprintln(w.Root(), services, o.Environ, of.PID, of.Began)))
	return "go-" + hex.EncodeToString(sum[:6])
}

// holder is what the process that keeps a stack for others is called.
const holder = "go test"

// start also has somebody hold the stack until its owner has ended.
func start(ctx context.Context, w *app.Run, o Options, name string, of owner) (*test.Stack, error) {
	s, err := test.Start(ctx, w, test.StartOptions{Name: name, Services: o.Services, Timeout: o.Timeout, Target: "go test"})
	if err == nil && !test.IsHeld(w, name, holder+" "+of.String()) {
		err = hold(w, name, of)
	}
	if err != nil && s != nil {
		_ = s.Stop(ctx)
	}
	return s, err
}

// Env is a variable of the stack, as test:env has it: POSTGRES_PORT, DATABASE_URL. The test
// fails where the stack has none of that name.
func (s *Stack) Env(name string) string {
	s.t.Helper()
	for _, pair := range s.variables {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value
		}
	}
	s.t.Fatalf("the stack %s has no variable %s: mage test:env -name=%s lists what it has", s.Name, name, s.Name)
	return ""
}

// Environ are all variables of the stack, NAME=value.
func (s *Stack) Environ() []string { return slices.Clone(s.variables) }

// Setenv sets all variables of the stack for the test, as testing.T.Setenv does: not in one
// that runs in parallel. What leads to services that the stack has not got is taken away.
func (s *Stack) Setenv() {
	s.t.Helper()
	for _, pair := range s.variables {
		name, value, _ := strings.Cut(pair, "=")
		s.t.Setenv(name, value)
	}
	for _, name := range s.withheld {
		s.t.Setenv(name, "") // has what is there put back
		if err := os.Unsetenv(name); err != nil {
			s.t.Fatal(err)
		}
	}
}
