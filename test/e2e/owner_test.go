package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// store keeps data behind a password that the checkout's environment has.
const store = `
  db:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: "${POSTGRES_PASSWORD}", POSTGRES_USER: app, POSTGRES_DB: app}
    volumes: ["data:/var/lib/postgresql/data"]
    stop_grace_period: 2s
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U app -d app"], interval: 1s, timeout: 5s, retries: 30}
volumes: {data: }
`

// in is the same repository's other checkout: same files, same project, an
// environment of its own.
func (s *stack) in(dir, password string) *stack {
	s.t.Helper()
	other := *s
	other.dir = dir
	text, err := os.ReadFile(filepath.Join(s.dir, "compose/docker-compose.yml"))
	if err != nil {
		s.t.Fatal(err)
	}
	other.file("compose/docker-compose.yml", string(text))
	if password != "" {
		other.file(".env", "POSTGRES_PASSWORD="+password+"\n")
	}
	return &other
}

// psql runs a statement with the password of the checkout, over TCP, where
// PostgreSQL asks for it.
func (s *stack) psql(statement string) (string, error) {
	s.t.Helper()
	env, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	if err != nil {
		s.t.Fatal(err)
	}
	password := strings.TrimSpace(strings.TrimPrefix(string(env), "POSTGRES_PASSWORD="))
	out, err := exec.Command("docker", "exec", "-e", "PGPASSWORD="+password, s.name+"-db-1",
		"psql", "-h", s.name+"-db-1", "-U", "app", "-d", "app", "-Atc", statement).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// keeps fails the test unless the data of the checkout is read by its password.
func (s *stack) keeps() {
	s.t.Helper()
	if got, err := s.psql("SELECT line FROM kept"); err != nil || got != "of the first" {
		s.t.Errorf("in %s: %q, %v", s.dir, got, err)
	}
}

func TestASecondCheckoutDoesNotTouchTheFirstOnesStack(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.file(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.up(infra.UpOptions{}).want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before := first.ids()
	second := first.in(t.TempDir(), "two-2two")

	madeFrom := `project "` + first.name + `" is of another checkout: made from ` + first.dir + " (1 service running for "
	for name, call := range map[string]func(context.Context, *app.Run) error{
		"up": func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) },
		"up -dry": func(ctx context.Context, w *app.Run) error {
			return infra.Up(ctx, w, infra.UpOptions{Dry: true})
		},
		"start":    func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) },
		"stop":     func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) },
		"restart":  func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) },
		"recreate": func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, nil) },
		"dev:up":   func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) },
	} {
		r := second.run(call)
		if r.code != failure.Preflight {
			t.Errorf("%s: exit code %d\n%s", name, r.code, r.all())
		}
		r.says(t, madeFrom, "mage env:isolate", "mage infra:up -adopt")
	}
	var up report.Up
	second.decode("up", second.up(infra.UpOptions{JSON: true}).want(t, failure.Preflight).out, &up)
	if !strings.Contains(up.Error, madeFrom) || up.ExitCode != int(failure.Preflight) {
		t.Errorf("the document: %+v", up)
	}
	var status report.Status
	second.decode("status", second.status(true).want(t, failure.NotReady).out, &status)
	if status.Ready || len(status.MadeFrom) != 1 || status.MadeFrom[0] != first.dir {
		t.Errorf("the status: %+v", status)
	}
	second.status(false).want(t, failure.NotReady).says(t, madeFrom)
	second.run(func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, "db", "true") }).want(t, failure.OK).says(t, "note: "+madeFrom)
	second.run(func(ctx context.Context, w *app.Run) error { return infra.Logs(ctx, w, infra.LogsOptions{}) }).want(t, failure.OK).says(t, "note: "+madeFrom)

	if after := first.ids(); !equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	first.keeps()
	first.status(false).want(t, failure.OK).says(t, "-made from")
	first.settled()
}

func TestWithAdoptAStackIsTakenOverWithItsData(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.file(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.up(infra.UpOptions{}).want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before := first.ids()
	second := first.in(t.TempDir(), "one-1one")
	second.up(infra.UpOptions{Adopt: true, Dry: true}).want(t, failure.OK).says(t, "create containers", "made from "+first.dir)
	if after := first.ids(); !equal(before, after) {
		t.Errorf("a plan changed %v to %v", before, after)
	}
	second.up(infra.UpOptions{Adopt: true}).want(t, failure.OK)
	second.keeps()
	second.settled()
	second.status(false).want(t, failure.OK)
	first.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "made from "+second.dir)
}

// lights is a stack without data.
const lights = "\n  web: {image: \"lab/service:1\", stop_grace_period: 1s, " + health + "}\n"

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org", "-C", dir}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// A worktree may lie beside its repository or inside of it; neither is the other.
func TestAWorktreeIsAnotherCheckoutWhereverItLies(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*stack) string{
		"beside": func(s *stack) string { return s.dir + "-worktree" },
		"inside": func(s *stack) string { return filepath.Join(s.dir, "trees/feature") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outer := newStack(t, lights)
			git(t, outer.dir, "init", "-q")
			git(t, outer.dir, "add", ".")
			git(t, outer.dir, "commit", "-qm", "one")
			inner := *outer
			inner.dir = place(outer)
			git(t, outer.dir, "worktree", "add", "-q", "-b", "feature", inner.dir)
			t.Cleanup(func() { _ = os.RemoveAll(inner.dir) })
			for _, pair := range [][2]*stack{{outer, &inner}, {&inner, outer}} {
				owner, other := pair[0], pair[1]
				owner.up(infra.UpOptions{}).want(t, failure.OK)
				before := owner.ids()
				other.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "made from "+owner.dir+" (")
				other.status(false).want(t, failure.NotReady)
				owner.settled()
				if after := owner.ids(); !equal(before, after) {
					t.Errorf("before %v, after %v", before, after)
				}
				owner.down(infra.DownOptions{}).want(t, failure.OK)
			}
		})
	}
}

func TestAPathThroughALinkIsTheSameCheckout(t *testing.T) {
	t.Parallel()
	s := newStack(t, lights)
	link := *s
	link.dir = filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.dir, link.dir); err != nil {
		t.Fatal(err)
	}
	link.up(infra.UpOptions{}).want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	link.compose("up", "-d")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	link.status(false).want(t, failure.OK)
}
