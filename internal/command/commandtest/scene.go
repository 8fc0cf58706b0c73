package commandtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// Scene is one call of a target in a world of its own.
type Scene = struct {
	World  string // what is special about it, in words
	Make   func(*Repository, *Engine)
	Line   string // as a user types it, after mage
	Do     Target
	Schema string // of its document; "" where it writes none
}

// Play plays each scene in a world that world makes, and fails the test unless a
// file has what a user sees of it, and what was done.
func Play(t *testing.T, path string, world func(*testing.T) (*Repository, *Engine), scenes []Scene) {
	t.Helper()
	var b strings.Builder
	for _, s := range scenes {
		t.Run(s.World+", "+s.Line, func(t *testing.T) { b.WriteString(play(t, world, s)) })
	}
	Golden(t, path, b.String())
}

// play is one. What is refused has done nothing.
func play(t *testing.T, world func(*testing.T) (*Repository, *Engine), s Scene) string {
	r, e := world(t)
	if s.Make != nil {
		s.Make(r, e)
	}
	e.Forget()
	x := r.Run(s.Do)
	if s.Schema != "" {
		schematest.Validate(t, s.Schema, []byte(x.Out))
	}
	text := x.String()
	if strings.Contains(text, "canary") {
		t.Errorf("a secret shows:\n%s", text)
	}
	done := e.Done()
	switch failure.CodeOf(x.Failed) {
	case failure.Usage, failure.Preflight, failure.Refused, failure.Locked:
		if done != "" && !e.failed() { // a command of Compose that fails is no refusal
			t.Errorf("it was refused, and yet this was done:\n%s", done)
		}
	}
	for line := range strings.Lines(done) {
		text += "> " + strings.TrimSuffix(line, "\n") + "\n"
	}
	return "# " + s.World + "\n$ mage " + s.Line + "\n" + anywhere(r).Replace(text) + "\n"
}

// anywhere takes what differs from machine to machine out of a text.
func anywhere(r *Repository) *strings.Replacer {
	return strings.NewReplacer(r.Dir, "/repository", filepath.Dir(r.Dir), "/beside", fmt.Sprint("pid ", os.Getpid()), "pid 1",
		r.Now.Local().Format(time.TimeOnly), r.Now.Format(time.TimeOnly))
}

// Golden fails the test unless a file has the text.
func Golden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || text != string(want) {
		t.Errorf("%s differs (%v), got:\n%s", path, err, text)
	}
}
