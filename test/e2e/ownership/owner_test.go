package ownership_test

import (
	"context"
	"maps"
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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
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
	s.T.Helper()
	other := *s
	other.Dir = dir
	text, err := os.ReadFile(filepath.Join(s.Dir, "compose/docker-compose.yml"))
	if err != nil {
		s.T.Fatal(err)
	}
	other.File("compose/docker-compose.yml", string(text))
	if password != "" {
		other.File(".env", "POSTGRES_PASSWORD="+password+"\n")
	}
	return &other
}

// psql runs a statement with the password of the checkout, over TCP, where
// PostgreSQL asks for it.
func (s *stack) psql(statement string) (string, error) {
	s.T.Helper()
	env, err := os.ReadFile(filepath.Join(s.Dir, ".env"))
	if err != nil {
		s.T.Fatal(err)
	}
	password := strings.TrimSpace(strings.TrimPrefix(string(env), "POSTGRES_PASSWORD="))
	out, err := exec.Command("docker", "exec", "-e", "PGPASSWORD="+password, s.Name+"-db-1",
		"psql", "-h", s.Name+"-db-1", "-U", "app", "-d", "app", "-Atc", statement).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// keeps fails the test unless the data of the checkout is read by its password.
func (s *stack) keeps() {
	s.T.Helper()
	if got, err := s.psql("SELECT line FROM kept"); err != nil || got != "of the first" {
		s.T.Errorf("in %s: %q, %v", s.Dir, got, err)
	}
}

func TestASecondCheckoutDoesNotTouchTheFirstOnesStack(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.File(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.Up(infra.UpOptions{}).Want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before := first.IDs()
	second := first.in(t.TempDir(), "two-2two")
	// What the first checkout has seen ready, another knows from Docker alone.
	stacktest.Eventually(t, "Docker finds it healthy", func() bool { return first.Inspect("db", "{{.State.Health.Status}}") == "healthy" })

	second.Hide(first.Dir, "FIRST")
	for _, c := range []struct {
		name string
		call func(context.Context, *app.Run) error
	}{
		{"infra:up", func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) }},
		{"infra:up -dry", func(ctx context.Context, w *app.Run) error {
			return infra.Up(ctx, w, infra.UpOptions{Dry: true})
		}},
		{"infra:start", func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) }},
		{"infra:stop", func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }},
		{"infra:restart", func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }},
		{"infra:recreate", func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, nil) }},
		{"dev:up", func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) }},
		{"infra:status", func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, false) }},
		{"infra:exec db true", func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, "db", "true") }},
	} {
		second.Shows(c.name, second.Run(c.call))
	}
	madeFrom := `project "` + first.Name + `" is of another checkout: made from ` + first.Dir + " (1 service running for "
	var up report.Up
	second.Decode("up", second.Up(infra.UpOptions{JSON: true}).Want(t, failure.Preflight).Out, &up)
	if !strings.Contains(up.Error, madeFrom) || up.ExitCode != int(failure.Preflight) {
		t.Errorf("the document: %+v", up)
	}
	var status report.Status
	second.Decode("status", second.Status(true).Want(t, failure.NotReady).Out, &status)
	if status.Ready || len(status.MadeFrom) != 1 || status.MadeFrom[0] != first.Dir {
		t.Errorf("the status: %+v", status)
	}
	second.Run(func(ctx context.Context, w *app.Run) error { return infra.Logs(ctx, w, infra.LogsOptions{}) }).Want(t, failure.OK).Says(t, "note: "+madeFrom)

	if after := first.IDs(); !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	first.keeps()
	first.Status(false).Want(t, failure.OK).SaysNot(t, "made from")
	first.Settled()
}

func TestWithAdoptAStackIsTakenOverWithItsData(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.File(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.Up(infra.UpOptions{}).Want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before := first.IDs()
	second := first.in(t.TempDir(), "one-1one")
	second.Hide(first.Dir, "FIRST")
	second.Shows("infra:up -adopt -dry", second.Up(infra.UpOptions{Adopt: true, Dry: true}))
	if after := first.IDs(); !maps.Equal(before, after) {
		t.Errorf("a plan changed %v to %v", before, after)
	}
	second.Up(infra.UpOptions{Adopt: true}).Want(t, failure.OK)
	second.keeps()
	second.Settled()
	second.Status(false).Want(t, failure.OK)
	first.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "made from "+second.Dir)
}

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
		"beside": func(s *stack) string { return s.Dir + "-worktree" },
		"inside": func(s *stack) string { return filepath.Join(s.Dir, "trees/feature") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outer := newStack(t, stacktest.Lights)
			git(t, outer.Dir, "init", "-q")
			git(t, outer.Dir, "add", ".")
			git(t, outer.Dir, "commit", "-qm", "one")
			inner := *outer
			inner.Dir = place(outer)
			git(t, outer.Dir, "worktree", "add", "-q", "-b", "feature", inner.Dir)
			t.Cleanup(func() { _ = os.RemoveAll(inner.Dir) })
			for _, pair := range [][2]*stack{{outer, &inner}, {&inner, outer}} {
				owner, other := pair[0], pair[1]
				owner.Up(infra.UpOptions{}).Want(t, failure.OK)
				before := owner.IDs()
				other.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "made from "+owner.Dir+" (")
				other.Status(false).Want(t, failure.NotReady)
				owner.Settled()
				if after := owner.IDs(); !maps.Equal(before, after) {
					t.Errorf("before %v, after %v", before, after)
				}
				owner.Down(infra.DownOptions{}).Want(t, failure.OK)
			}
		})
	}
}

func TestAPathThroughALinkIsTheSameCheckout(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	link := *s
	link.Dir = filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.Dir, link.Dir); err != nil {
		t.Fatal(err)
	}
	link.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	link.Compose("up", "-d")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	link.Status(false).Want(t, failure.OK)
}
