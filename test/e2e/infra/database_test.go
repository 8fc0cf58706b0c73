package infra_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// library has two databases, of which the second is empty.
const library = `
  first: &database
    image: lab/postgres:15
    environment: {POSTGRES_USER: scribe, POSTGRES_DB: books, POSTGRES_PASSWORD: canary-books}
    restart: always
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1"], interval: 1s, retries: 60}
    x-spellbook: {client: psql}
  second:
    <<: *database
    environment: {POSTGRES_USER: scribe, POSTGRES_DB: copy, POSTGRES_PASSWORD_FILE: /password}
    volumes: [../password:/password:ro]
`

// shelves has what is easily lost on the way: the database's own settings and
// grants, large objects, whose transaction is another, quotes, and owners.
const shelves = `
create role "odd ro%le"; create schema "Odd s%";
create table authors(id serial primary key, name text); insert into authors(name) select md5(g::text) from generate_series(1, 200000) g;
create table "Odd s%".b(id int references authors(id), t text); insert into "Odd s%".b values (1, E'\\.'), (2, E'BEGIN;\nCOMMIT;\t');
create view v as select * from authors; grant select on authors to "odd ro%le";
do $$ begin execute format('alter database %I set search_path to "$user", public, "Odd s%%"', current_database());
execute format('alter database %I set "app.x" to ''100%%I''''s''', current_database());
execute format('alter role "odd ro%%le" in database %I set work_mem to ''8MB''', current_database());
execute format('grant create on database %I to "odd ro%%le"', current_database());
execute format('revoke all on database %I from public', current_database());
execute format('comment on database %I is ''it''''s 100%%''', current_database()); end $$;
select lo_from_bytea(0, 'large');
alter schema public owner to "odd ro%le";
`

func (s *stack) dump(o infra.DumpOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Dump(ctx, w, o) })
}

func (s *stack) load(input, service string, yes bool) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Import(ctx, w, infra.ImportOptions{Input: input, Service: service, Yes: yes})
	})
}

func (s *stack) sql(service, statements string) string {
	s.T.Helper()
	out, errs, code := s.RunWithInput("\\pset tuples_only\n\\pset format unaligned\n"+statements, inService(service, `
		export PGPASSWORD=canary-books; exec psql -q -v ON_ERROR_STOP=1 -U scribe -d "$POSTGRES_DB"`))
	if code != 0 {
		s.T.Fatalf("psql in %s: exit code %d\n%s%s", service, code, out, errs)
	}
	return strings.TrimSpace(out)
}

func TestADatabaseIsDumpedAndImportedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newStack(t, library)
	s.File("password", "canary-books\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.sql("first", shelves)

	s.dump(infra.DumpOptions{Output: "a.sql"}).Want(t, failure.Usage).Says(t, "several services are PostgreSQL: first, second", "-service=first")
	s.dump(infra.DumpOptions{Output: "a.sql", Service: "first"}).Want(t, failure.OK).Says(t, "first of "+s.Name+" is in a.sql", "mage infra:import -input=a.sql -service=first")
	s.dump(infra.DumpOptions{Output: "a.sql", Service: "first"}).Want(t, failure.Usage).Says(t, "a.sql is there already", "-output=a.sql.2 -service=first")
	s.dump(infra.DumpOptions{Output: "nowhere/a.sql", Service: "first"}).Want(t, failure.Preflight).Says(t, "nowhere/a.sql: no such file or directory")
	if info, err := os.Stat(filepath.Join(s.Dir, "a.sql")); err != nil || info.Mode() != 0o600 {
		t.Errorf("the dump is %v, %v", info, err)
	}

	t.Run("refused", func(t *testing.T) { importIsRefused(t, s) })
	t.Run("empty", func(t *testing.T) { anEmptyDatabaseIsFilled(t, s) })
	t.Run("replaced", func(t *testing.T) { whatIsThereIsReplaced(t, s) })
	t.Run("interrupted", func(t *testing.T) { anInterruptLeavesNothing(t, s) })
}

// importIsRefused before anything is changed.
func importIsRefused(t *testing.T, s *stack) {
	whole := s.Read("a.sql")
	s.File("cut.sql", whole[:len(whole)/2])
	s.load("cut.sql", "second", true).Want(t, failure.Preflight).Says(t, "cut.sql is cut short")
	s.load("a.sql", "first", false).Want(t, failure.Refused).Says(t, "Replace all that is in database books of first, 2 tables", "add -yes")
	s.File("newer.sql", strings.Replace(whole, "-- Dumped from database version 15", "-- Dumped from database version 99", 1))
	s.load("newer.sql", "second", true).Want(t, failure.Preflight).Says(t, "is of PostgreSQL 99, and second is PostgreSQL 15")
	s.load("", "second", true).Want(t, failure.Usage)
	otherFormsAreMadeSQL(t, s)
	if n := s.sql("second", "select count(*) from pg_class where relname = 'authors'"); n != "0" {
		t.Error("something was changed")
	}
}

// otherFormsAreMadeSQL by what the errors tell to type.
func otherFormsAreMadeSQL(t *testing.T, s *stack) {
	custom, errs, code := s.RunWithInput("", inService("first", `PGPASSWORD=canary-books pg_dump -Fc -U scribe books`))
	if code != 0 {
		t.Fatalf("pg_dump -Fc: %d\n%s", code, errs)
	}
	s.File("custom", custom)
	s.load("custom", "second", true).Want(t, failure.Preflight).Says(t, "in pg_dump's custom format", `mage infra:exec SERVICE "pg_restore --file=-" <custom >dump.sql`)
	text, errs, code := s.RunWithInput(custom, inService("first", "pg_restore --file=-"))
	if code != 0 {
		t.Fatalf("pg_restore: %d\n%s", code, errs)
	}
	s.File("dump.sql", text)
	s.load("dump.sql", "second", true).Want(t, failure.Preflight).Says(t, `role "odd ro%le" does not exist`) // it is a dump

	shell := func(line string) {
		t.Helper()
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = s.Dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	shell("gzip <a.sql >a.packed")
	s.load("a.packed", "second", true).Want(t, failure.Preflight).Says(t, "compressed", "gunzip <a.packed >dump.sql")
	shell("gunzip <a.packed >dump.sql")
	if s.Read("dump.sql") != s.Read("a.sql") {
		t.Error("gunzip made another dump")
	}
}

// anOldPsqlIsTold: one that does not know what pg_dump begins with since August 2025.
func anOldPsqlIsTold(t *testing.T, s *stack) {
	inside := func(line string) {
		stacktest.Docker(t, "exec", "--user", "root", s.Name+"-second-1", "sh", "-ec", "cd /usr/lib/postgresql/15/bin; "+line)
	}
	inside(`mv psql psql.new; printf '%s\n' '#!/bin/sh' 'sed "s/^.restrict /\\\\restrict-unknown /" | psql.new "$@"' >psql; chmod 755 psql`)
	s.load("a.sql", "second", true).Want(t, failure.Preflight).Says(t, "psql in the container is older than the pg_dump that wrote this")
	inside(`mv psql.new psql`)
}

var token = regexp.MustCompile(`(?m)^\\(un)?restrict \w+$`)

func anEmptyDatabaseIsFilled(t *testing.T, s *stack) {
	s.load("a.sql", "second", false).Want(t, failure.Preflight).Says(t, `role "odd ro%le" does not exist`, `mage infra:psql -command='create role "odd ro%le"'`)
	if n := s.sql("second", "select count(*) from pg_namespace where nspname = 'Odd s%'"); n != "0" {
		t.Error("a part of the dump was kept")
	}
	s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Psql(ctx, w, infra.ClientOptions{Service: "first", Command: `create role "other"`})
	}).Want(t, failure.OK)
	s.sql("second", `create role "odd ro%le"`)
	anOldPsqlIsTold(t, s)
	s.load("a.sql", "second", false).Want(t, failure.OK).Says(t, "database copy of second is what a.sql says")
	s.dump(infra.DumpOptions{Output: "b.sql", Service: "second"}).Want(t, failure.OK)
	if a, b := token.ReplaceAllString(s.Read("a.sql"), ""), token.ReplaceAllString(s.Read("b.sql"), ""); a != b {
		t.Error("a dump of what was imported is another")
	}
	for _, part := range []string{"search_path", "app.x", "work_mem", "GRANT CREATE ON DATABASE", "COMMENT ON DATABASE"} {
		if !strings.Contains(s.Read("b.sql"), part) {
			t.Errorf("lost on the way: %s", part)
		}
	}
}

// whatIsThereIsReplaced also where it depends on what the dump has, and is kept
// where the dump fails behind its large objects.
func whatIsThereIsReplaced(t *testing.T, s *stack) {
	s.sql("second", `create table orders(author int references authors(id)); delete from "Odd s%".b; create extension pgcrypto`)
	s.File("fails.sql", strings.Replace(s.Read("a.sql"), "ADD CONSTRAINT b_id_fkey", "ADD CONSTRAINT b_id_fkey CHECK (false), ADD CONSTRAINT x", 1))
	s.load("fails.sql", "second", true).Want(t, failure.Preflight).Says(t, "of which nothing was kept", "check constraint")
	if got := s.sql("second", `select count(*) from orders`); got != "0" {
		t.Errorf("orders has %s rows", got)
	}
	s.load("a.sql", "second", true).Want(t, failure.OK)
	if got := s.sql("second", `select count(*), (select count(*) from pg_class where relname = 'orders'), (select count(*) from authors) from "Odd s%".b`); got != "2|0|200000" {
		t.Errorf("it has %s", got)
	}
}

// anInterruptLeavesNothing: psql commits nothing at the end of its input, and a
// dump that is not whole is no file.
func anInterruptLeavesNothing(t *testing.T, s *stack) {
	s.sql("first", "begin; drop table \"Odd s%\".b; commit; create table locked(a int)")
	g := s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return infra.Import(ctx, w, infra.ImportOptions{Input: "a.sql", Service: "first", Yes: true})
	})
	g.Err.AwaitText(t, "importing")
	stacktest.Eventually(t, "rows are copied", func() bool {
		return s.sql("second", "select 1") == "1" && s.sql("first", `select count(*) from pg_stat_activity where application_name = 'psql' and query like 'COPY%'`) != "0"
	})
	g.Signals <- syscall.SIGINT
	if code := g.Wait(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d\n%s", code, g.Err)
	}
	if got := s.sql("first", "select count(*) from pg_class where relname in ('locked', 'b')"); got != "1" {
		t.Errorf("of the tables %s are there", got)
	}

	lock := s.Start(strings.NewReader("begin; lock table authors; \\echo held\nselect pg_sleep(600);"), inService("first", `PGPASSWORD=canary-books psql -U scribe books`))
	lock.Out.AwaitText(t, "held")
	g = s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return infra.Dump(ctx, w, infra.DumpOptions{Output: "c.sql", Service: "first"})
	})
	s.dumpWaits("first")
	g.Signals <- syscall.SIGTERM
	if code := g.Wait(t); code != int(failure.Terminated) {
		t.Errorf("exit code %d\n%s", code, g.Err)
	}
	lock.Signals <- syscall.SIGTERM
	lock.Wait(t)
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "*c.sql*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, ".*.sql*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// dumpWaits for a lock.
func (s *stack) dumpWaits(service string) {
	s.T.Helper()
	stacktest.Eventually(s.T, "the dump waits", func() bool {
		return s.sql(service, `select count(*) from pg_stat_activity where application_name = 'infra:dump' and wait_event_type = 'Lock'`) == "1"
	})
}

// The secrets are in the environment of the container alone.
func TestADumpGoesOverSSHAndHasNoPasswordInItsArguments(t *testing.T) {
	t.Parallel()
	s := newStack(t, library)
	s.File("password", "canary-books\n")
	server := stacktest.NewSSHD(t)
	s.Up(infra.UpOptions{Services: []string{"second"}}).Want(t, failure.OK)
	s.sql("second", "create table a as select generate_series(1, 1000)")
	s.Env = append(s.Env, server.DockerHost()...)
	lock := s.Start(strings.NewReader("begin; lock table a; \\echo held\nselect pg_sleep(600);"), inService("second", `PGPASSWORD=canary-books psql -U scribe copy`))
	lock.Out.AwaitText(t, "held")
	g := s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return infra.Dump(ctx, w, infra.DumpOptions{Output: "a.sql", Service: "second"})
	})
	s.dumpWaits("second")
	for _, line := range stacktest.Processes(t, "canary-books") {
		if !strings.Contains(line, "PGPASSWORD=canary-books psql") { // the test's own
			t.Error(line)
		}
	}
	s.sql("second", `select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%'`)
	lock.Wait(t)
	if code := g.Wait(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, g.Err)
	}
	s.load("a.sql", "second", true).Want(t, failure.OK)
	if got := s.sql("second", "select count(*) from a"); got != "1000" {
		t.Errorf("%s rows", got)
	}
}

func TestAnImageOfAnotherMajorVersionIsRefusedOnTheVolumeThatIsThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  postgres:
    image: ${PG_IMAGE:-lab/postgres:15}
    environment: {POSTGRES_USER: scribe, POSTGRES_DB: books, POSTGRES_PASSWORD: canary-books}
    volumes: ["${PG_VOLUME:-pg}:/var/lib/postgresql/data"]
    restart: always
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1"], interval: 1s, retries: 60}
volumes: {pg: {}, pg16: {}}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	before := s.IDs()
	next := "lab/postgres-says-16:" + s.Name // it is 15 all the same
	build := exec.Command("docker", "build", "--quiet", "--tag", next, "-")
	build.Stdin = strings.NewReader("FROM lab/postgres:15\nENV PG_MAJOR=16\n")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { stacktest.Docker(t, "rmi", "--force", next) })
	s.Env = append(s.Env, "PG_IMAGE="+next)
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "postgres would be PostgreSQL 16, and its volume has the files of version 15")
	if now := s.IDs(); !maps.Equal(now, before) {
		t.Errorf("%v became %v", before, now)
	}
	s.Env = append(s.Env, "PG_VOLUME=pg16")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
}
