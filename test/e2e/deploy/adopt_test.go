package deploy_test

import (
	"context"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// books is a stack with a database, as a team has run it by hand.
const books = `
  db:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: "${STORE_PASSWORD:?}"}
    volumes: [data:/var/lib/postgresql/data]
    restart: unless-stopped
    ports: ["127.0.0.1:5432:5432"]
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"], interval: 1s, timeout: 5s, retries: 60}
  api:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms, CRASH_AFTER: "${CRASH:-}"}
    ports: ["80:8080"]
    restart: always
    stop_grace_period: 1s
    ` + stacktest.Health + `
    depends_on: {db: {condition: service_healthy}}
  worker:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms}
    restart: always
    stop_grace_period: 1s
    ` + stacktest.Health + `
volumes: {data: {}}
`

// byHand runs the stack on the server with the files of the repository, as whoever
// knows Compose does.
func (l *live) byHand() {
	l.T.Helper()
	l.server.Load("lab/postgres:15", "lab/service:1")
	cmd := exec.Command("docker", "compose", "-p", "shop", "--env-file", filepath.Join(l.Dir, "env/.env.live"), "-f", filepath.Join(l.Dir, "compose/docker-compose.yml"), "up", "-d", "--wait")
	cmd.Env = append(cmd.Environ(), "DOCKER_HOST=unix://"+l.server.Engine())
	if out, err := cmd.CombinedOutput(); err != nil {
		l.T.Fatalf("docker compose up: %v\n%s", err, out)
	}
}

// ofBooks asks the database.
func (l *live) ofBooks(query string) string {
	l.T.Helper()
	return strings.TrimSpace(l.server.Docker("exec", "-e", "PGPASSWORD="+password, "shop-db-1", "psql", "-h", "127.0.0.1", "-U", "postgres", "-tAc", query))
}

func TestAStackThatRunsByHandIsTakenOverWithItsData(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", books)
	adopt := func(environ ...string) stacktest.Result {
		t.Helper()
		return l.with(environ, func(ctx context.Context, w *app.Run) error {
			return deploy.Setup(ctx, w, deploy.SetupOptions{Env: "live", Adopt: true, Yes: true})
		})
	}
	adopt().Want(t, failure.Preflight).Says(t, "nothing of the Compose project shop runs by hand")
	l.byHand()
	l.ofBooks("create table books (title text); insert into books values ('The Glass Bead Game')")
	all := func() string {
		t.Helper()
		return l.server.Docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}")
	}
	before := all()
	db := l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-db-1")

	l.deploy().Want(t, failure.Preflight).Says(t, "runs shop by hand", "mage deploy:setup live -adopt")
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Setup(ctx, w, deploy.SetupOptions{Env: "live", Adopt: true, Dry: true})
	}).Want(t, failure.OK).Says(t, "shop-db-1: equal, stays as it is", "shop-api-1: replaced by the release", "ports 80: handed over")
	adopt("CRASH=200ms").Want(t, failure.RolledBack).Says(t, "what ran by hand serves, as before")
	if after := all(); after != before {
		t.Errorf("of a release that is not ready there is left\n%s\nbefore that\n%s", after, before)
	}
	adopt("DEPLOY_GATEWAY_IMAGE=lab/service:1").Want(t, failure.RolledBack).Says(t, "what ran by hand serves, as before")
	if after := all(); after != before {
		t.Errorf("without a gateway there is left\n%s\nbefore that\n%s", after, before)
	}
	if policy := l.server.Docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", "shop-api-1"); policy != "always\n" {
		t.Errorf("what ran by hand has the restart policy %s", policy)
	}
	stacktest.Eventually(t, "what ran by hand answers again", func() bool { status, _ := l.asked(); return status == http.StatusOK })

	r := adopt().Want(t, failure.OK).Says(t, "the ports were handed over in")
	t.Log(lineWith(r.Out, "handed over in"))
	l.answers(http.StatusOK, "ok")
	if now := l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-db-1"); now != db {
		t.Errorf("the database is another: %s, before that %s", now, db)
	}
	if got := l.ofBooks("select title from books"); got != "The Glass Bead Game" {
		t.Errorf("the database has %q", got)
	}
	names := l.server.Docker("ps", "-a", "--format", "{{.Names}}")
	if strings.Contains(names, "shop-api-1\n") || strings.Contains(names, "shop-worker-1\n") {
		t.Errorf("of what ran by hand there is left\n%s", names)
	}
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
	l.File("compose/docker-compose.live.yml", "services:\n  report: {image: lab/service:1, environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms}, depends_on: [db], "+stacktest.Health+"}\n")
	l.deploy().Want(t, failure.OK).Says(t, "report: new")
	if now := l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-db-1"); now != db {
		t.Errorf("what depends on the database had it made anew: %s, before that %s", now, db)
	}
	if d := l.status(); len(d.Services) != 5 {
		t.Errorf("the status is %+v", d)
	}
	l.secrets()
}
