package deploy_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// archive is an application whose migration changes a real database.
const archive = `
  postgres:
    image: "${PG_IMAGE:-lab/postgres:15}"
    environment: {POSTGRES_USER: scribe, POSTGRES_DB: books, POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}"}
    command: [postgres, -c, "application_name=${NOTHING:-x}"]
    volumes: ["${PG_VOLUME:-pg}:/var/lib/postgresql/data"]
    restart: always
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1"], interval: 1s, retries: 60}
  migrate:
    image: lab/postgres:15
    x-spellbook: {role: app, migration: {compatible: true}}
    environment: {PGHOST: postgres, PGUSER: scribe, PGDATABASE: books, PGPASSWORD: "${POSTGRES_PASSWORD:?}", MIGRATION: "${MIGRATION:-select 1}"}
    command: [sh, -c, 'psql -v ON_ERROR_STOP=1 -c "$$MIGRATION"']
    depends_on: {postgres: {condition: service_healthy}}
  worker:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, MIGRATE_TO: "", COLOUR: "${COLOUR:-red}"}
    stop_grace_period: 1s
    ` + stacktest.Health + `
    depends_on: {migrate: {condition: service_completed_successfully}}
  # What is asked of RabbitMQ, which the lab has none of: a password that it read once.
  queue:
    image: lab/postgres:15
    x-spellbook: {client: rabbitmq}
    environment: {RABBITMQ_DEFAULT_PASS: "${POSTGRES_PASSWORD:?}"}
    user: root
    entrypoint: [sh, -ec]
    command:
      - |
        [ -e /var/lib/rabbitmq/pass ] || printenv RABBITMQ_DEFAULT_PASS >/var/lib/rabbitmq/pass
        printf '#!/bin/sh\nread -r given; [ "$$given $$*" = "$$(cat /var/lib/rabbitmq/pass) -q authenticate_user guest" ]\n' >/usr/local/bin/rabbitmqctl
        chmod 755 /usr/local/bin/rabbitmqctl
        exec sleep infinity
    volumes: ["mnesia:/var/lib/rabbitmq"]
    stop_grace_period: 1s
volumes: {pg: {}, pg16: {}, mnesia: {}}
`

func newArchive(t *testing.T) *live {
	t.Helper()
	l := newLive(t, "20.10", archive)
	l.File("env/.env.live", fmt.Sprintf("DEPLOY_HOST=%s\nDEPLOY_NAME=shop\nDEPLOY_GATEWAY_IMAGE=lab/haproxy:2.6\nDEPLOY_WATCH=500ms\nDEPLOY_KEEP=1\nPOSTGRES_PASSWORD=%s\n", l.server.Host, password))
	return l
}

// sql runs a statement in the database on the server.
func (l *live) sql(statement string) string {
	l.T.Helper()
	return l.psql("books", password, statement)
}

func (l *live) psql(database, secret, statement string) string {
	l.T.Helper()
	return strings.TrimSpace(l.server.Docker("exec", "-e", "PGPASSWORD="+secret, "shop-postgres-1", "psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-U", "scribe", "-d", database, "-c", statement))
}

func (l *live) dumps() []string {
	l.T.Helper()
	return strings.Fields(l.server.Run("ls -A spellbook/shop/dumps 2>/dev/null || true"))
}

func (l *live) deployInfra(code failure.Code, environ ...string) stacktest.Result {
	l.T.Helper()
	return l.with(environ, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true, YesInfra: true})
	}).Want(l.T, code)
}

func TestADeploymentDumpsTheDatabaseBeforeItMigrates(t *testing.T) {
	t.Parallel()
	l := newArchive(t)
	l.deploy("MIGRATION=create table authors(id int primary key); insert into authors values (1)").Want(t, failure.OK)
	if d := l.dumps(); len(d) > 0 {
		t.Errorf("there was no database, and it was dumped to %v", d)
	}

	l.then("unchanged migrations", func(t *testing.T, l *live) {
		l.sql("drop table authors") // the migration runs again with each release
		l.deploy("COLOUR=blue", "MIGRATION=create table authors(id int primary key); insert into authors values (1)").Want(t, failure.OK)
		if d := l.dumps(); len(d) > 0 {
			t.Errorf("the migrations are those that ran, and it was dumped to %v", d)
		}
	})
	l.then("restored", aFailedMigrationIsUndoneByItsDump)
	l.then("interrupted", anInterruptEndsTheDump)
	l.then("no dump", withoutADumpNothingStarts)
	l.then("another major version", anotherMajorVersionIsRefused)
	l.then("another password", aPasswordThatTheDatabaseDoesNotKnowIsRefused)
	l.secrets()
}

// restore is the command that docs/deployment.md says.
const restore = `cd spellbook/shop/dumps && docker exec -i shop-postgres-1 sh -c 'PGPASSWORD=$POSTGRES_PASSWORD psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v ON_ERROR_STOP=1 -v replace=1 -1 -q -f -' <`

func aFailedMigrationIsUndoneByItsDump(t *testing.T, l *live) {
	broken := "MIGRATION=create table orders(author int references authors); delete from orders; drop table orders; delete from authors; commit; select nonsense"
	l.with([]string{broken}, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Dry: true})
	}).Want(t, failure.OK).Says(t, "dump database postgres", "before migrate")
	if d := l.dumps(); len(d) > 0 {
		t.Errorf("-dry dumped to %v", d)
	}
	r := l.deploy(broken).Want(t, failure.RolledBack)
	d := l.dumps()
	if len(d) != 1 || !strings.HasSuffix(d[0], "-postgres.sql") {
		t.Fatalf("the dumps are %v", d)
	}
	r.Says(t, "the database as it was before: /home/deploy/spellbook/shop/dumps/"+d[0]+" on "+l.server.Host)
	if mode := l.server.Run("stat -c %a spellbook/shop/dumps spellbook/shop/dumps/*"); mode != "700\n600\n" {
		t.Errorf("the modes are %s", mode)
	}
	if n := l.sql("select count(*) from authors"); n != "0" {
		t.Fatalf("authors has %s rows: the migration did nothing", n)
	}
	l.server.Run(restore + d[0])
	if n := l.sql("select count(*) from authors"); n != "1" {
		t.Errorf("restored, authors has %s rows", n)
	}

	l.deploy("MIGRATION=alter table authors add name text").Want(t, failure.OK)
	if now := l.dumps(); len(now) != 1 || now[0] == d[0] {
		t.Errorf("DEPLOY_KEEP=1 keeps %v", now)
	}
	var doc report.DeployHistory
	h := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: "live", JSON: true})
	}).Want(t, failure.OK)
	l.Decode("deployhistory", h.Out, &doc)
	if e := doc.Entries; len(e[0].Dumps) != 1 || len(e[1].Dumps) != 0 {
		t.Errorf("the history has %+v", e)
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK).Says(t, "dumped before, on "+l.server.Host, l.dumps()[0])
	if s := l.status(); len(s.Dumps) != 1 || s.Dumps[0].Service != "postgres" || s.Dumps[0].Release != s.Release.ID || s.Dumps[0].Bytes == 0 || !strings.HasSuffix(s.Dumps[0].Path, "/dumps/"+l.dumps()[0]) {
		t.Errorf("the status has the dumps %+v", s.Dumps)
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Status(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK).Says(t, "DUMP OF", "/dumps/"+l.dumps()[0])
}

// anInterruptEndsTheDump on the server too: it waits for a table that is locked.
func anInterruptEndsTheDump(t *testing.T, l *live) {
	before, serves := l.dumps(), l.status().Release.ID
	l.server.Docker("exec", "-d", "-e", "PGPASSWORD="+password, "shop-postgres-1", "psql", "-U", "scribe", "-d", "books", "-c", "begin; lock table authors; select pg_sleep(600)")
	g := l.Start(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true})
	})
	stacktest.Eventually(t, "the dump waits", func() bool {
		return l.sql("select count(*) from pg_stat_activity where application_name like 'deploy-%' and wait_event_type = 'Lock'") == "1"
	})
	g.Signals <- syscall.SIGINT
	if code := g.Wait(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d\n%s", code, g.Err)
	}
	if n := l.sql("select count(*) from pg_stat_activity where application_name like 'deploy-%'"); n != "0" {
		t.Errorf("%s dumps go on", n)
	}
	l.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()")
	if now := l.dumps(); strings.Join(now, " ") != strings.Join(before, " ") {
		t.Errorf("left behind: %v", now)
	}
	l.serves(serves)
}

func withoutADumpNothingStarts(t *testing.T, l *live) {
	before, serves := l.dumps(), l.status().Release.ID
	l.psql("postgres", password, "alter database books with allow_connections false")
	l.deploy("MIGRATION=select 2").Want(t, failure.Preflight).Says(t, "dump postgres: ", "nothing was changed", "{dump: false}")
	l.serves(serves)
	if now := l.dumps(); strings.Join(now, " ") != strings.Join(before, " ") {
		t.Errorf("left behind: %v", now)
	}
	if got := l.server.Run("ls spellbook/shop/releases"); strings.Count(got, "\n") != 1 {
		t.Errorf("the releases are\n%s", got)
	}
	l.psql("postgres", password, "alter database books with allow_connections true")
	l.Edit("compose/docker-compose.yml", "    restart: always\n", "    restart: always\n    x-spellbook: {dump: false}\n")
	l.deploy("MIGRATION=select 2").Want(t, failure.OK).Says(t, "postgres: not dumped, as x-spellbook says")
	l.Edit("compose/docker-compose.yml", "    x-spellbook: {dump: false}\n", "")
}

func anotherMajorVersionIsRefused(t *testing.T, l *live) {
	// It is 15 all the same, and says that it is 16.
	next := "lab/postgres-says-16:" + l.Name
	build := exec.Command("docker", "build", "--quiet", "--tag", next, "-")
	build.Stdin = strings.NewReader("FROM lab/postgres:15\nENV PG_MAJOR=16\n")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { stacktest.Docker(t, "rmi", "--force", next) })
	id := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-postgres-1")
	l.deployInfra(failure.Preflight, "MIGRATION=select 2", "PG_IMAGE="+next).
		Says(t, "postgres would be PostgreSQL 16, and its volume has the files of version 15", "docs/databases.md")
	if now := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-postgres-1"); now != id {
		t.Error("the database was made anew")
	}
	// the way: another volume, and what was dumped before that
	rows := l.sql("select count(*) from authors")
	l.deployInfra(failure.OK, "MIGRATION=select 2", "PG_IMAGE="+next, "PG_VOLUME=pg16").Says(t, "it is made anew")
	d := l.dumps()
	l.server.Run(restore + d[len(d)-1])
	if now := l.sql("select count(*) from authors"); now != rows || rows != "1" {
		t.Errorf("%s rows have become %s", rows, now)
	}
	l.deployInfra(failure.OK, "MIGRATION=select 2", "PG_VOLUME=pg16")
}

func aPasswordThatTheDatabaseDoesNotKnowIsRefused(t *testing.T, l *live) {
	const there = `PGPASSWORD=$POSTGRES_PASSWORD psql -U scribe -d books -c "\password"`
	l.Env = append(l.Env, "PG_VOLUME=pg16", "MIGRATION=select 2")
	file := l.Read("env/.env.live")
	l.File("env/.env.live", strings.Replace(file, password, "another-"+password, 1))
	r := l.deployInfra(failure.Preflight).Says(t, "POSTGRES_PASSWORD differs from what the volume of postgres was made with", "put the old value back", "mage deploy:exec live postgres '"+there+"'")
	r.SaysNot(t, password)
	if out, code := l.inside("another-"+password+"\nanother-"+password+"\n", "postgres", there); code != 0 {
		t.Errorf("%s: %d\n%s", there, code, out)
	}
	l.deployInfra(failure.Preflight).Says(t, "RABBITMQ_DEFAULT_PASS differs from what the volume of queue was made with", "by its own client and deploy again: mage deploy:shell live queue").SaysNot(t, password)
	if out, code := l.inside("echo another-"+password+" >/var/lib/rabbitmq/pass\n", "queue", ""); code != 0 {
		t.Errorf("deploy:shell: %d\n%s", code, out)
	}
	l.deployInfra(failure.OK)
	l.psql("books", "another-"+password, "select 1")
}
