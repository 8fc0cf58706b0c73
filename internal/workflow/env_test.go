package workflow

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

var update = flag.Bool("update", false, "write the golden files anew")

const envCompose = `name: demo
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

const envTemplate = `# Password of the database. [secret] [generate 24]
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

const envLocal = `DB_PASSWORD=canary-local-1
DB_PORT=5433
DATABASE_URL=postgres://app:${DB_PASSWORD}@db/app
DB_IMAGE=postgres:16
LEVEL=
DEPLOY_HOST=
VITE_TITLE="Two words"
`

// envRepository is a repository with a template and the environments local,
// which is active, and old.
type envRepository struct {
	t    *testing.T
	dir  string
	in   string
	env  []string
	term bool // somebody is at the terminal
}

func newEnvRepository(t *testing.T) *envRepository {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	r := &envRepository{t: t, dir: t.TempDir(), env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}}
	r.write("compose/docker-compose.yml", envCompose)
	r.write("env/.env.example", envTemplate)
	r.write("env/.env.local", envLocal)
	r.write("env/.env.old", "DB_PASSWORD=canary-old-2\nDB_PORT=5432\nGONE=1\nCOMPOSE_PROJECT_NAME=demo-old\n")
	r.write(".gitignore", "/.env\n/env/.env.*\n!/env/.env.example\n")
	if err := os.Symlink("env/.env.local", filepath.Join(r.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *envRepository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *envRepository) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func (r *envRepository) active() string {
	r.t.Helper()
	target, err := os.Readlink(filepath.Join(r.dir, ".env"))
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimPrefix(filepath.ToSlash(target), "env/.env.")
}

// target is one call of a target.
type target func(context.Context, *Workflow) error

// told is what a user sees of it.
type told struct {
	out, err string
	failed   error
}

func (r *envRepository) run(do target) told {
	r.t.Helper()
	var out, errs bytes.Buffer
	w := &Workflow{Layout: project.Layout{Root: r.dir}, Dir: r.dir, Environ: r.env, In: strings.NewReader(r.in), Out: &out, Err: &errs,
		InTerminal: r.term, OutTerminal: r.term, ErrTerminal: r.term, Width: 80,
		Now: func() time.Time { return time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC) }}
	err := do(r.t.Context(), w)
	return told{out.String(), errs.String(), err}
}

func (x told) String() string {
	text := x.err + x.out
	if x.failed != nil {
		text += "Error: " + x.failed.Error() + "\n"
	}
	return fmt.Sprintf("%s[%d]\n", text, failure.CodeOf(x.failed))
}

func (x told) want(t *testing.T, code failure.Code, texts ...string) told {
	t.Helper()
	if failure.CodeOf(x.failed) != code {
		t.Fatalf("exit code %d, want %d\n%s", failure.CodeOf(x.failed), code, x)
	}
	for _, text := range texts {
		if !strings.Contains(x.String(), text) {
			t.Errorf("%q is not said:\n%s", text, x)
		}
	}
	return x
}

func use(name string) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvUse(ctx, name, "env:use "+name) }
}

func check(o EnvCheckOptions) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvCheck(ctx, o) }
}

func show(o EnvShowOptions) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvShow(ctx, o) }
}

func list(ctx context.Context, w *Workflow) error { return w.EnvList(ctx) }

func explain(name string) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvExplain(ctx, name) }
}

func diff(a, b string) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvDiff(ctx, a, b) }
}

func syncEnv(o EnvSyncOptions) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvSync(ctx, o) }
}

func set(assignment, env string) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvSet(ctx, assignment, env) }
}

func rotate(name, env string) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvRotate(ctx, name, env) }
}

func export(o EnvExportOptions) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvExport(ctx, o) }
}

func template(ctx context.Context, w *Workflow) error { return w.EnvTemplate(ctx) }
