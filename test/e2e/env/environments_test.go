package env_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// database is a service with a password of the environment's and data of its own.
const database = `  db:
    image: lab/postgres:15
    user: postgres
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?is not set}
    ports: ["127.0.0.1:${DB_PORT:?is not set}:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck:
      test: [CMD-SHELL, 'pg_isready -h 127.0.0.1 -U postgres']
      interval: 10s
      start_period: 10m
volumes: {data: {}}
`

const projectVariable = "# The Compose project. [project]\nCOMPOSE_PROJECT_NAME=\n"

// newDatabase is a repository whose environments are made from a template.
func newDatabase(t *testing.T, template string) *stack {
	t.Helper()
	s := newStack(t, database)
	s.File("env/.env.example", template+"# Password of the database. [secret] [generate 24]\nDB_PASSWORD=\n# [port]\nDB_PORT="+strconv.Itoa(stacktest.FreePort(t))+"\n")
	for _, name := range []string{s.Name + "-local", s.Name + "-test"} {
		other := *s
		other.Name = name
		t.Cleanup(other.Remove)
	}
	return s
}

func (s *stack) switchTo(environment string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error {
		return env.Use(ctx, w, environment, "env:use "+environment)
	})
}

// sql asks the database over TCP, with the password that the environment's file has.
func (s *stack) sql(text string) string {
	s.T.Helper()
	file, err := os.ReadFile(filepath.Join(s.Dir, ".env"))
	if err != nil {
		s.T.Fatal(err)
	}
	_, password, _ := strings.Cut(string(file), "\nDB_PASSWORD=")
	password, _, _ = strings.Cut(strings.Replace(password, " ", "\n", 1), "\n")
	out, errs, code := s.RunWithInput(password+"\n", func(ctx context.Context, w *app.Run) error {
		return infra.Exec(ctx, w, "db", "read -r PGPASSWORD; export PGPASSWORD; psql -h 127.0.0.1 -U postgres -Atc \""+text+"\"")
	})
	if code != 0 {
		s.T.Fatalf("%s: exit code %d\n%s", text, code, errs)
	}
	return strings.TrimSpace(out)
}

func (s *stack) wantSQL(text, want string) {
	s.T.Helper()
	if got := s.sql(text); got != want {
		s.T.Errorf("%s says %q, want %q", text, got, want)
	}
}

const (
	writeRow = "create table kept (word text); insert into kept values ('of local')"
	readRow  = "select word from kept"
	anyTable = "select count(*) from pg_tables where tablename = 'kept'"
)

func TestEnvironmentsOfOneCheckoutHaveStacksOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newDatabase(t, projectVariable)
	s.switchTo("local").Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.sql(writeRow)
	s.switchTo("test").Want(t, failure.OK)
	s.Shows("infra:status of test, while local runs", s.Status(false))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.wantSQL(anyTable, "0")
	s.switchTo("local").Want(t, failure.OK)
	s.Settled()
	s.wantSQL(readRow, "of local")
}

func TestSwitchingSaysWhatStillRunsOfTheEnvironmentBefore(t *testing.T) {
	t.Parallel()
	s := newDatabase(t, projectVariable)
	s.switchTo("local").Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Shows("env:use test", s.switchTo("test"))
	s.Shows("env:use local", s.switchTo("local"))
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	s.Shows("env:use test, when local is down", s.switchTo("test"))
}

// oldCheckout has an environment of before there were names in them, up and
// with data, and then the template of now.
func oldCheckout(t *testing.T) (s *stack, before map[string]string) {
	t.Helper()
	s = newDatabase(t, "")
	template := s.Read("env/.env.example")
	s.File("env/.env.local", strings.Replace(template, "DB_PASSWORD=", "DB_PASSWORD=ofBefore", 1))
	s.switchTo("local").Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.sql(writeRow)
	s.File("env/.env.example", projectVariable+template)
	return s, s.IDs()
}

func TestAnEnvironmentOfBeforeGoesOnWithItsContainersAndItsData(t *testing.T) {
	t.Parallel()
	s, before := oldCheckout(t)
	unchanged := func() {
		t.Helper()
		s.Settled()
		if !maps.Equal(before, s.IDs()) {
			t.Errorf("before %v, after %v", before, s.IDs())
		}
		s.wantSQL(readRow, "of local")
	}
	unchanged()
	s.Run(func(ctx context.Context, w *app.Run) error {
		return env.Sync(ctx, w, env.SyncOptions{Yes: true})
	}).Want(t, failure.OK)
	if text := s.Read("env/.env.local"); !strings.Contains(text, "COMPOSE_PROJECT_NAME="+s.Name+"\n") {
		t.Errorf("env:sync made of it\n%s", text)
	}
	unchanged()
	s.switchTo("test").Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.wantSQL(anyTable, "0")
	s.switchTo("local").Want(t, failure.OK)
	unchanged()
}

func TestAnEnvironmentWhoseFileWasLostGoesOnWithItsVolumes(t *testing.T) {
	t.Parallel()
	s, _ := oldCheckout(t)
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	if err := os.Remove(filepath.Join(s.Dir, "env/.env.local")); err != nil {
		t.Fatal(err)
	}
	s.Shows("env:use local", s.switchTo("local"))
	s.File("env/.env.local", strings.Replace(s.Read("env/.env.local"), "DB_PASSWORD=", "DB_PASSWORD=ofBefore #", 1))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.wantSQL(readRow, "of local")
}

func (s *stack) isolate(o env.IsolateOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return env.Isolate(ctx, w, o) })
}

// clone is another working copy of the same repository, with no environment yet.
func (s *stack) clone() *stack {
	s.T.Helper()
	other := *s
	other.Dir = filepath.Join(s.T.TempDir(), "clone")
	for _, name := range []string{"compose/docker-compose.yml", "env/.env.example"} {
		other.File(name, s.Read(name))
	}
	return &other
}

func TestTwoClonesRunTheirStacksAtOnceOnceOneIsIsolated(t *testing.T) {
	t.Parallel()
	s := newDatabase(t, projectVariable)
	s.switchTo("local").Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.sql(writeRow)
	c := s.clone()
	isolated := *s
	isolated.Name = s.Name + "-local-clone"
	t.Cleanup(isolated.Remove)
	c.switchTo("local").Want(t, failure.OK)
	before := c.Read("env/.env.local")
	c.Shows("env:isolate", c.isolate(env.IsolateOptions{}))
	c.Up(infra.UpOptions{}).Want(t, failure.OK)
	c.wantSQL(anyTable, "0")
	c.sql(strings.Replace(writeRow, "of local", "of the clone", 1))
	s.Settled()
	s.wantSQL(readRow, "of local")
	c.isolate(env.IsolateOptions{Undo: true}).Want(t, failure.Preflight)
	c.Down(infra.DownOptions{}).Want(t, failure.OK)
	c.Shows("env:isolate -undo", c.isolate(env.IsolateOptions{Undo: true}))
	if after := c.Read("env/.env.local"); after != before {
		t.Error("the file is not what it was")
	}
	c.isolate(env.IsolateOptions{Name: isolated.Name}).Want(t, failure.OK)
	c.Up(infra.UpOptions{}).Want(t, failure.OK)
	c.wantSQL(readRow, "of the clone")
}
