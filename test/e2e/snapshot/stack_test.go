package snapshot_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/snapshot"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// databases are a real PostgreSQL and a real Redis, filled by one-shots, and an application
// that waits for both. VERSION makes the test's snapshots its own.
const databases = `
  db:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: secret, VERSION: "%VERSION%"}
    ports: ["${DB_PORT:-5432}:5432"]
    volumes: ["db-data:/var/lib/postgresql/data"]
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"], interval: 1s, start_period: 30s}
  cache:
    image: lab/redis:7.0
    command: [redis-server, --protected-mode, "no", --dir, /data, --save, "3600", "1"]
    ports: ["${CACHE_PORT:-6379}:6379"]
    volumes: ["cache-data:/data"]
    healthcheck: {test: [CMD, redis-cli, ping], interval: 1s, start_period: 30s}
  migrate:
    image: lab/postgres:15
    entrypoint: [sh, -euc, 'for f in /migrations/*.sql; do psql -v ON_ERROR_STOP=1 -f "$$f"; done']
    environment: {PGHOST: db, PGUSER: postgres, PGPASSWORD: secret}
    volumes: ["../migrations:/migrations:ro"]
    depends_on: {db: {condition: service_healthy}}
  seed:
    image: lab/redis:7.0
    entrypoint: [sh, -euc, 'redis-cli -h cache incr seeded']
    depends_on: {cache: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
  app:
    image: lab/service:1
    ` + stacktest.Health + `
    depends_on: {seed: {condition: service_completed_successfully}}
volumes: {db-data: {}, cache-data: {}}
`

type shop struct{ stacktest.Stack }

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	s.Setup(t, "")
	s.Write(strings.ReplaceAll(databases, "%VERSION%", s.Name))
	s.File("migrations/1.sql", "CREATE TABLE runs (at timestamptz DEFAULT now()); INSERT INTO runs DEFAULT VALUES;")
	t.Cleanup(s.removeAll)
	return s
}

// removeAll removes the copies and the snapshots that the test has made.
func (s *shop) removeAll() {
	places, _ := sandbox.Stacks(project.Layout{Root: s.Dir}.WithDefaults())
	for _, p := range places {
		if r, ok := p.Read(); ok {
			other := s.Stack
			other.Name = r.Project
			other.Remove()
		}
	}
	for _, digest := range s.digests() {
		volumes, _ := s.Client.LabelledVolumes(context.Background(), snapshot.Label+"="+digest)
		for _, v := range volumes {
			_ = s.Client.RemoveVolume(context.Background(), v.Name)
		}
	}
}

// digests are noted beside the repository, so that they can be removed.
func (s *shop) digests() []string { return strings.Fields(s.Read("digests")) }

var digest = regexp.MustCompile(`snapshot ([0-9a-f]{20})`)

func (s *shop) up(name string) stacktest.Result {
	s.T.Helper()
	r := s.Run(func(ctx context.Context, w *app.Run) error { return test.Up(ctx, w, test.UpOptions{Name: &name}) }).Want(s.T, failure.OK)
	known := ""
	for _, m := range digest.FindAllStringSubmatch(r.All(), -1) {
		known += m[1] + "\n"
	}
	s.File("digests", s.Text("digests")+known)
	return r
}

// Text is that of a file that may not be there yet.
func (s *shop) Text(name string) string {
	if code, out := s.Exec("cat", name); code == 0 {
		return out
	}
	return ""
}

func (s *shop) project(name string) string {
	s.T.Helper()
	p, err := sandbox.At(project.Layout{Root: s.Dir}, name)
	if err != nil {
		s.T.Fatal(err)
	}
	r, ok := p.Read()
	if !ok {
		s.T.Fatalf("no record of stack %s", name)
	}
	return r.Project
}

// has asks the databases of a stack what they hold.
func (s *shop) has(name, sql, redis string) {
	s.T.Helper()
	in := s.project(name)
	if got := strings.TrimSpace(stacktest.Docker(s.T, "exec", "-e", "PGPASSWORD=secret", in+"-db-1", "psql", "-U", "postgres", "-Atc", "SELECT count(*) FROM runs")); got != sql {
		s.T.Errorf("%s: %s rows, want %s", name, got, sql)
	}
	if got := strings.TrimSpace(stacktest.Docker(s.T, "exec", in+"-cache-1", "redis-cli", "get", "seeded")); got != redis {
		s.T.Errorf("%s: seeded %q times, want %s", name, got, redis)
	}
}

// state of a container of a stack, as the engine has it.
func (s *shop) state(name, service string) string {
	s.T.Helper()
	return strings.TrimSpace(stacktest.Docker(s.T, "inspect", "-f", "{{.State.Status}}", s.project(name)+"-"+service+"-1"))
}

func TestMigrationsAndSeedsRunOnceForADigest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.up("one").Says(t, "kept as snapshot ", ", with which the next stack begins: migrate, seed, cache-data, db-data")
	s.has("one", "1", "1")
	r := s.up("two").Says(t, "migrate is done: its work is in snapshot ", "seed is done", "app")
	s.has("two", "1", "1")
	if one, two := s.state("one", "migrate"), s.state("two", "migrate"); one != "exited" || two != "created" {
		t.Errorf("migrate has run again: %s, %s\n%s", one, two, r.All())
	}
	// Found up, and not begun again: what came with the snapshot counts as done.
	s.up("two").Says(t, "nothing to do", "migrate").SaysNot(t, "snapshot ")
	// Its data are its own.
	stacktest.Docker(t, "exec", "-e", "PGPASSWORD=secret", s.project("two")+"-db-1", "psql", "-U", "postgres", "-c", "INSERT INTO runs DEFAULT VALUES")
	s.has("one", "1", "1")

	s.File("migrations/2.sql", "INSERT INTO runs DEFAULT VALUES;")
	s.up("three").Says(t, "kept as snapshot ").SaysNot(t, "is done: its work")
	s.has("three", "2", "1")
	if list := stacktest.Docker(t, "volume", "ls", "-f", "label=spellbook.snapshot"); !strings.Contains(list, s.digests()[0]) { // as docs/testing.md has it
		t.Errorf("not among the snapshots:\n%s", list)
	}
	if kept := s.digests(); kept[0] != kept[1] || kept[0] == kept[len(kept)-1] {
		t.Errorf("digests: %q", kept)
	}
}

func TestAStackWhoseFillWasCutBeginsAnew(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.up("one")
	name := "two"
	g := s.Start(nil, func(ctx context.Context, w *app.Run) error { return test.Up(ctx, w, test.UpOptions{Name: &name}) })
	g.Err.AwaitText(t, "filling")
	g.Signals <- os.Interrupt
	if code := g.Wait(t); code != 130 {
		t.Fatalf("exit code %d\n%s", code, g.Err)
	}
	s.up("two").Says(t, "migrate is done: its work is in snapshot ")
	s.has("two", "1", "1")

	// As a KILL leaves it: half of a database, and the record says that it is being filled.
	in := s.project("two")
	place, err := sandbox.At(project.Layout{Root: s.Dir}, "two")
	if err != nil {
		t.Fatal(err)
	}
	r, _ := place.Read()
	r.Filling = true
	if err := place.Write(r); err != nil {
		t.Fatal(err)
	}
	stacktest.Docker(t, "rm", "-f", in+"-db-1", in+"-migrate-1", in+"-app-1", in+"-seed-1")
	half(t, s.Client, in+"_db-data", in)
	s.up("two").Says(t, "migrate is done: its work is in snapshot ")
	s.has("two", "1", "1")
}

// What the stack's last run remembers is of data that are gone.
func TestASnapshotThatIsGoneIsDoneWithout(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.up("one")
	s.up("two").Says(t, "migrate is done: its work is in snapshot ")
	byHand := s.Stack
	byHand.Name = s.project("two")
	byHand.Remove()
	volumes, err := s.Client.LabelledVolumes(t.Context(), snapshot.Label+"="+s.digests()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes { // as one is left that is pruned between the look and the copy
		if code, out, err := s.Client.RunOnce(t.Context(), docker.Once{Image: image, Argv: []string{"rm", "-f", "/v/.whole"}, Volumes: []docker.Mount{{Name: v.Name, Path: "/v"}}}); err != nil || code != 0 {
			t.Fatal(code, out, err)
		}
	}
	s.up("two").Says(t, "is gone: once more, without it")
	s.has("two", "1", "1")
	if got := s.state("two", "migrate"); got != "exited" {
		t.Errorf("migrate is %s", got)
	}
}

// half is a volume of a stack that PostgreSQL could not begin with.
func half(t *testing.T, c *docker.Client, name, project string) {
	t.Helper()
	if err := c.MakeVolume(t.Context(), project, name); err != nil {
		t.Fatal(err)
	}
	if code, out, err := c.RunOnce(t.Context(), docker.Once{Image: image, Argv: []string{"sh", "-euc", "rm -rf /v/*; mkdir /v/base; echo 15 >/v/PG_VERSION"},
		Volumes: []docker.Mount{{Name: name, Path: "/v"}}}); err != nil || code != 0 {
		t.Fatal(code, out, err)
	}
}
