// Package commandtest gives the tests of commands a repository in a temporary
// directory, and runs a command in it with every stream as a value. Tests alone
// import it.
package commandtest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// EnvCompose is the Compose file of a Repository.
const EnvCompose = `name: demo
services:
  db:
    image: ${DB_IMAGE:-postgres:16}
    environment:
      PASSWORD: ${DB_PASSWORD:?is not set}
      LEVEL: ${LEVEL:-info}
    ports:
      - ${DB_PORT:-5432}:5432
  api:
    image: api:1
    environment:
      - DATABASE_URL
      - LEVEL=${LEVEL:-debug}
`

// EnvTemplate is its template.
const EnvTemplate = `# Password of the database. [secret] [generate 24]
DB_PASSWORD=
# [port]
DB_PORT=5432
# Where the database is.
DATABASE_URL=postgres://app:${DB_PASSWORD}@db/app
DB_IMAGE=postgres:16
# [enum debug|info]
LEVEL=
# [host] [required in dev]
DEPLOY_HOST=
VITE_TITLE=Demo
`

// EnvLocal is its environment local.
const EnvLocal = `DB_PASSWORD=canary-local-1
DB_PORT=5433
DATABASE_URL=postgres://app:${DB_PASSWORD}@db/app
DB_IMAGE=postgres:16
LEVEL=
DEPLOY_HOST=
VITE_TITLE="Two words"
`

// Repository is a repository with a template and the environments local,
// which is active, and old.
type Repository struct {
	T    *testing.T
	Dir  string
	In   string
	Env  []string
	Term bool // somebody is at the terminal
	// Width is of that terminal, in columns.
	Width int
	// Signals are those that come in during a run; nil for none.
	Signals <-chan os.Signal
	// Now is the time of every run.
	Now time.Time

	bin string // the PATH of Tools
}

// NewRepository makes one in a temporary directory, with local active.
func NewRepository(t *testing.T) *Repository {
	t.Helper()
	r := &Repository{T: t, Width: 80, Dir: t.TempDir(), Now: time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC), Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}}
	r.Write("compose/docker-compose.yml", EnvCompose)
	r.Write("env/.env.example", EnvTemplate)
	r.Write("env/.env.local", EnvLocal)
	r.Write("env/.env.old", "DB_PASSWORD=canary-old-2\nDB_PORT=5432\nGONE=1\nCOMPOSE_PROJECT_NAME=demo-old\n")
	r.Write(".gitignore", "/.env\n/env/.env.*\n!/env/.env.example\n")
	if err := os.Symlink("env/.env.local", filepath.Join(r.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Repository) Write(name, text string) {
	r.T.Helper()
	path := filepath.Join(r.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.T.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.T.Fatal(err)
	}
}

func (r *Repository) Read(name string) string {
	r.T.Helper()
	text, err := os.ReadFile(filepath.Join(r.Dir, name))
	if err != nil {
		r.T.Fatal(err)
	}
	return string(text)
}

// Remove removes a file or a directory.
func (r *Repository) Remove(name string) {
	r.T.Helper()
	if err := os.RemoveAll(filepath.Join(r.Dir, name)); err != nil {
		r.T.Fatal(err)
	}
}

// Exists reports whether there is a file or a directory of that name.
func (r *Repository) Exists(name string) bool {
	_, err := os.Lstat(filepath.Join(r.Dir, name))
	return err == nil
}

// Active is the name of the active environment.
func (r *Repository) Active() string {
	r.T.Helper()
	target, err := os.Readlink(filepath.Join(r.Dir, ".env"))
	if err != nil {
		r.T.Fatal(err)
	}
	return strings.TrimPrefix(filepath.ToSlash(target), "env/.env.")
}

// typed gives a line at a time, as a terminal does.
type typed struct{ rest string }

func (t *typed) Read(p []byte) (int, error) {
	if t.rest == "" {
		return 0, io.EOF
	}
	line, _, _ := strings.Cut(t.rest, "\n")
	n := copy(p, t.rest[:min(len(line)+1, len(t.rest))])
	t.rest = t.rest[n:]
	return n, nil
}

// Target is one call of a target.
type Target func(context.Context, *app.Run) error

// Output is what a user sees of it.
type Output struct {
	Out, Err string
	Failed   error
}

// Run runs a command in it, with every stream as a value.
func (r *Repository) Run(do Target) Output {
	r.T.Helper()
	var out, errs bytes.Buffer
	w := &app.Run{Layout: project.Layout{Root: r.Dir}, Dir: r.Dir, Environ: r.Env, In: &typed{r.In}, Out: &out, Err: &errs,
		InTerminal: r.Term, OutTerminal: r.Term, ErrTerminal: r.Term, Width: r.Width, Signals: r.Signals,
		Now: func() time.Time { return r.Now }}
	err := do(r.T.Context(), w)
	return Output{out.String(), errs.String(), err}
}

func (x Output) String() string {
	text := x.Err + x.Out
	if x.Failed != nil {
		text += "Error: " + x.Failed.Error() + "\n"
	}
	return fmt.Sprintf("%s[%d]\n", text, failure.CodeOf(x.Failed))
}

// Want fails the test unless the command ended with code and said each text.
func (x Output) Want(t *testing.T, code failure.Code, texts ...string) Output {
	t.Helper()
	if failure.CodeOf(x.Failed) != code {
		t.Fatalf("exit code %d, want %d\n%s", failure.CodeOf(x.Failed), code, x)
	}
	for _, text := range texts {
		if !strings.Contains(x.String(), text) {
			t.Errorf("%q is not said:\n%s", text, x)
		}
	}
	return x
}

// Document is the JSON that a target has written.
func Document[T any](t *testing.T, x Output) (doc T) {
	t.Helper()
	if err := json.Unmarshal([]byte(x.Out), &doc); err != nil {
		t.Fatalf("%v:\n%s", err, x)
	}
	return doc
}

// Command is a target as a user types it, after mage, and its call.
type Command = struct {
	Line string
	Do   Target
}

// update has Transcript write files anew.
var update = flag.Bool("update", false, "write the golden files anew")

// Transcript runs commands one after the other, each of which sees what those
// before it did, and fails the test unless a file has what a user sees.
func (r *Repository) Transcript(path string, commands []Command) (text string) {
	r.T.Helper()
	for _, c := range commands {
		text += "$ mage " + c.Line + "\n" + r.Run(c.Do).String()
	}
	text = strings.ReplaceAll(text, r.Dir, "/repository")
	Golden(r.T, path, text)
	return text
}
