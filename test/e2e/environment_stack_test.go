package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
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
	s.file("env/.env.example", template+"# Password of the database. [secret] [generate 24]\nDB_PASSWORD=\n# [port]\nDB_PORT="+strconv.Itoa(freePort(t))+"\n")
	for _, name := range []string{s.name + "-local", s.name + "-test"} {
		other := *s
		other.name = name
		t.Cleanup(other.remove)
	}
	return s
}

func (s *stack) switchTo(environment string) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error {
		return env.Use(ctx, w, environment, "env:use "+environment)
	})
}

// sql asks the database over TCP, with the password that the environment's file has.
func (s *stack) sql(text string) string {
	s.t.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	if err != nil {
		s.t.Fatal(err)
	}
	_, password, _ := strings.Cut(string(file), "\nDB_PASSWORD=")
	password, _, _ = strings.Cut(strings.Replace(password, " ", "\n", 1), "\n")
	out, errs, code := s.look(password+"\n", inService("db", "read -r PGPASSWORD; export PGPASSWORD; psql -h 127.0.0.1 -U postgres -Atc \""+text+"\""))
	if code != 0 {
		s.t.Fatalf("%s: exit code %d\n%s", text, code, errs)
	}
	return strings.TrimSpace(out)
}

func (s *stack) wantSQL(text, want string) {
	s.t.Helper()
	if got := s.sql(text); got != want {
		s.t.Errorf("%s says %q, want %q", text, got, want)
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
	s.switchTo("local").want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.sql(writeRow)
	s.switchTo("test").want(t, failure.OK)
	if r := s.status(false).want(t, failure.NotReady); strings.Contains(r.out, "ready") {
		t.Errorf("the containers of local are shown as those of test:\n%s", r.all())
	}
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.wantSQL(anyTable, "0")
	s.switchTo("local").want(t, failure.OK)
	if r := s.up(infra.UpOptions{}).want(t, failure.OK); !strings.Contains(r.all(), "nothing to do") {
		t.Errorf("local is not as it was:\n%s", r.all())
	}
	s.wantSQL(readRow, "of local")
}

func TestSwitchingSaysWhatStillRunsOfTheEnvironmentBefore(t *testing.T) {
	t.Parallel()
	s := newDatabase(t, projectVariable)
	s.switchTo("local").want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	said := "1 service of " + s.name + "-local still running → mage env:use local, then mage infra:down"
	if r := s.switchTo("test").want(t, failure.OK); !strings.Contains(r.err, said) {
		t.Errorf("%q is not said:\n%s", said, r.all())
	}
	if r := s.switchTo("local").want(t, failure.OK); strings.Contains(r.err, "still running") {
		t.Errorf("nothing runs of test:\n%s", r.all())
	}
	s.down(infra.DownOptions{}).want(t, failure.OK)
	if r := s.switchTo("test").want(t, failure.OK); strings.Contains(r.err, "still running") {
		t.Errorf("nothing runs of local:\n%s", r.all())
	}
}

// oldCheckout has an environment of before there were names in them, up and
// with data, and then the template of now.
func oldCheckout(t *testing.T) (s *stack, before map[string]string) {
	t.Helper()
	s = newDatabase(t, "")
	template := s.read("env/.env.example")
	s.file("env/.env.local", strings.Replace(template, "DB_PASSWORD=", "DB_PASSWORD=ofBefore", 1))
	s.switchTo("local").want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.sql(writeRow)
	s.file("env/.env.example", projectVariable+template)
	return s, s.ids()
}

func (s *stack) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func TestAnEnvironmentOfBeforeGoesOnWithItsContainersAndItsData(t *testing.T) {
	t.Parallel()
	s, before := oldCheckout(t)
	unchanged := func() {
		t.Helper()
		if r := s.up(infra.UpOptions{}).want(t, failure.OK); !strings.Contains(r.all(), "nothing to do") || !equal(before, s.ids()) {
			t.Errorf("before %v, after %v\n%s", before, s.ids(), r.all())
		}
		s.wantSQL(readRow, "of local")
	}
	unchanged()
	s.run(func(ctx context.Context, w *app.Run) error {
		return env.Sync(ctx, w, env.SyncOptions{Yes: true})
	}).want(t, failure.OK)
	if text := s.read("env/.env.local"); !strings.Contains(text, "COMPOSE_PROJECT_NAME="+s.name+"\n") {
		t.Errorf("env:sync made of it\n%s", text)
	}
	unchanged()
	s.switchTo("test").want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.wantSQL(anyTable, "0")
	s.switchTo("local").want(t, failure.OK)
	unchanged()
}

func TestAnEnvironmentWhoseFileWasLostGoesOnWithItsVolumes(t *testing.T) {
	t.Parallel()
	s, _ := oldCheckout(t)
	s.down(infra.DownOptions{}).want(t, failure.OK)
	if err := os.Remove(filepath.Join(s.dir, "env/.env.local")); err != nil {
		t.Fatal(err)
	}
	if r := s.switchTo("local").want(t, failure.OK); !strings.Contains(r.err, "goes on with the stack "+s.name) {
		t.Errorf("got\n%s", r.all())
	}
	s.file("env/.env.local", strings.Replace(s.read("env/.env.local"), "DB_PASSWORD=", "DB_PASSWORD=ofBefore #", 1))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.wantSQL(readRow, "of local")
}

func (s *stack) isolate(o env.IsolateOptions) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error { return env.Isolate(ctx, w, o) })
}

// clone is another working copy of the same repository, with no environment yet.
func (s *stack) clone() *stack {
	s.t.Helper()
	other := *s
	other.dir = filepath.Join(s.t.TempDir(), "clone")
	for _, name := range []string{"compose/docker-compose.yml", "env/.env.example"} {
		other.file(name, s.read(name))
	}
	return &other
}

func TestTwoClonesRunTheirStacksAtOnceOnceOneIsIsolated(t *testing.T) {
	t.Parallel()
	s := newDatabase(t, projectVariable)
	s.switchTo("local").want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.sql(writeRow)
	c := s.clone()
	isolated := *s
	isolated.name = s.name + "-local-clone"
	t.Cleanup(isolated.remove)
	c.switchTo("local").want(t, failure.OK)
	before := c.read("env/.env.local")
	if r := c.isolate(env.IsolateOptions{}).want(t, failure.OK); !strings.Contains(r.out, isolated.name) || strings.Contains(r.err, "still running") {
		t.Errorf("got\n%s", r.all())
	}
	c.up(infra.UpOptions{}).want(t, failure.OK)
	c.wantSQL(anyTable, "0")
	c.sql(strings.Replace(writeRow, "of local", "of the clone", 1))
	if r := s.up(infra.UpOptions{}).want(t, failure.OK); !strings.Contains(r.all(), "nothing to do") {
		t.Errorf("the first one's stack is not as it was:\n%s", r.all())
	}
	s.wantSQL(readRow, "of local")
	c.isolate(env.IsolateOptions{Undo: true}).want(t, failure.Preflight)
	c.down(infra.DownOptions{}).want(t, failure.OK)
	if r := c.isolate(env.IsolateOptions{Undo: true}).want(t, failure.OK); !strings.Contains(r.err, "-name="+isolated.name) {
		t.Errorf("nothing is said of the volumes:\n%s", r.all())
	}
	if after := c.read("env/.env.local"); after != before {
		t.Error("the file is not what it was")
	}
	c.isolate(env.IsolateOptions{Name: isolated.name}).want(t, failure.OK)
	c.up(infra.UpOptions{}).want(t, failure.OK)
	c.wantSQL(readRow, "of the clone")
}
