package isolated_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// answers fails the test unless a service answers at that place.
func answers(t *testing.T, host, port string) {
	t.Helper()
	c := http.Client{Timeout: 10 * time.Second}
	got, err := c.Get("http://" + host + ":" + port + "/")
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, got.Body)
	_ = got.Body.Close()
}

func TestAnyNumberOfCopiesComeUpAtOnceAndShareNothing(t *testing.T) {
	t.Parallel()
	s := newClashing(t)
	results := make([]stacktest.Result, 3)
	stacktest.AtOnce(len(results), func(i int) { results[i] = s.testUp(test.UpOptions{Name: named(fmt.Sprint("copy-", i))}) })
	seen := map[string]string{}
	for i, r := range results {
		name := fmt.Sprint("copy-", i)
		r.Want(t, failure.OK).Says(t, "external: "+s.Name+"-theirs", "external: "+s.Name+"-front", ".spellbook/test/"+name+".env")
		v := s.variables(name)
		for _, variable := range []string{"COMPOSE_PROJECT_NAME", "DB_PORT", "WEB_PORT_8080", "WEB_PORT_9000"} {
			if other := seen[v[variable]]; other != "" || v[variable] == "" {
				t.Errorf("%s of %s is %q, which %s has", variable, name, v[variable], other)
			}
			seen[v[variable]] = name
		}
		answers(t, v["DB_HOST"], v["DB_PORT"])
		answers(t, v["WEB_HOST"], v["WEB_PORT"])
		info, err := os.Stat(filepath.Join(s.Dir, ".spellbook/test", name+".env"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	s.testList().Want(t, failure.OK).Says(t, "copy-0", "copy-1", "copy-2", "until ")
	// The ports stay, also when a container is started again, as those do not that the engine chooses.
	before := s.variables("copy-0")
	again := s.testUp(test.UpOptions{Name: named("copy-0")}).Want(t, failure.OK).Says(t, "nothing to do")
	var doc struct {
		Reused bool
		Ports  []struct{ Service, Variable string }
	}
	s.Decode("testup", s.testUp(test.UpOptions{Name: named("copy-0"), JSON: true}).Want(t, failure.OK).Out, &doc)
	if !doc.Reused || len(doc.Ports) != 3 || doc.Ports[0].Variable != "DB_PORT" {
		t.Errorf("the document is %+v", doc)
	}
	if after := s.variables("copy-0"); after["WEB_PORT_9000"] != before["WEB_PORT_9000"] {
		t.Errorf("%v became %v:\n%s", before, after, again.All())
	}
	web := s.record("copy-0").Project + "-web-1"
	stacktest.Docker(t, "restart", web)
	if at := strings.TrimSpace(stacktest.Docker(t, "port", web, "9000")); at != "127.0.0.1:"+before["WEB_PORT_9000"] {
		t.Errorf("9000 is at %s, not at %s", at, before["WEB_PORT_9000"])
	}
	// infra:* and clean:* are about the stack itself.
	s.Run(func(ctx context.Context, w *app.Run) error { return clean.All(ctx, w, clean.Options{Yes: true}) })
	s.Down(infra.DownOptions{Volumes: true, Yes: true})
	if n := len(s.copyOf(s.record("copy-1")).IDs()); n != 2 {
		t.Errorf("%d containers of a copy are left", n)
	}
	r := s.record("copy-0")
	s.testDown("copy-0").Want(t, failure.OK).Says(t, "its volumes are gone")
	s.wantNothingOf(r)
	if n := len(s.copyOf(s.record("copy-1")).IDs()); n != 2 {
		t.Errorf("%d containers of a copy are left", n)
	}
	s.testDown("copy-0").Want(t, failure.Usage).Says(t, "stacks are: copy-1, copy-2")
}

func TestACopyWhosePortIsTakenMeanwhileGetsOthers(t *testing.T) {
	t.Parallel()
	s := newClashing(t)
	s.testUp(test.UpOptions{Name: named("p")}).Want(t, failure.OK)
	before := s.variables("p")
	for name := range s.copyOf(s.record("p")).IDs() {
		if err := s.Client.Remove(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
	}
	held, err := net.Listen("tcp", "127.0.0.1:"+before["DB_PORT"])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	s.testUp(test.UpOptions{Name: named("p")}).Want(t, failure.OK).Says(t, "a port was taken meanwhile")
	after := s.variables("p")
	if after["DB_PORT"] == before["DB_PORT"] || after["WEB_PORT"] != before["WEB_PORT"] {
		t.Errorf("%v became %v", before, after)
	}
	answers(t, after["DB_HOST"], after["DB_PORT"])
}

func TestDataInMemoryIsOnNoDisk(t *testing.T) {
	t.Parallel()
	uid := strings.TrimSpace(stacktest.Docker(t, "run", "--rm", "--entrypoint", "id", "lab/postgres:15", "-u"))
	s := newStack(t, strings.ReplaceAll(`
  db:
    image: lab/postgres:15
    user: "UID"
    environment: {POSTGRES_PASSWORD: "${DB_PASSWORD}", POSTGRES_USER: app, POSTGRES_DB: app}
    ports: ["${DB_PORT:-5432}:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U app -d app"], interval: 1s, timeout: 5s, retries: 30}
  other: {image: "lab/redis:7.0", volumes: ["kept:/kept"], stop_grace_period: 1s}
volumes: {data: , kept: }
`, "UID", uid))
	s.File(".env", "DB_PASSWORD=x9!k2mvq8LzT\nDATABASE_URL=postgres://app:${DB_PASSWORD}@db:5432/app\n")
	up := s.testUp(test.UpOptions{Name: named("mem"), Tmpfs: true}).Want(t, failure.OK).Says(t, "not in memory, as what uses it begins as a user of a name: kept").SaysNot(t, "x9!k2mvq8LzT", "snapshot")
	r := s.record("mem")
	if _, mounts := s.Exec("docker", "exec", r.Project+"-db-1", "grep", " /var/lib/postgresql/data ", "/proc/mounts"); !strings.HasPrefix(mounts, "tmpfs ") {
		t.Errorf("it is on %s\n%s", mounts, up.All())
	}
	v := s.variables("mem")
	if want := "postgres://app:x9!k2mvq8LzT@127.0.0.1:" + v["DB_PORT"] + "/app"; v["DATABASE_URL"] != want {
		t.Errorf("DATABASE_URL is %s, not %s", v["DATABASE_URL"], want)
	}
	env := func(o test.EnvOptions) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return test.Env(ctx, w, o) })
	}
	env(test.EnvOptions{Name: "mem"}).Want(t, failure.OK).Says(t, "DB_PORT", v["DB_PORT"], "****").SaysNot(t, "x9!k2mvq8LzT")
	var listed struct {
		Variables []struct{ Name, Value string }
	}
	s.Decode("testenv", env(test.EnvOptions{Name: "mem", JSON: true}).Want(t, failure.OK).SaysNot(t, "x9!k2mvq8LzT").Out, &listed)
	if len(listed.Variables) != len(v) {
		t.Errorf("it lists %v, not %v", listed, v)
	}
	env(test.EnvOptions{Name: "mem", Format: "shell"}).Want(t, failure.Refused).SaysNot(t, "x9!k2mvq8LzT")
	env(test.EnvOptions{Name: "mem", Format: "shell", Only: []string{"DATABASE_URL"}}).Want(t, failure.OK).Says(t, "DATABASE_URL='postgres://app:x9!k2mvq8LzT@127.0.0.1:")
	s.testDown("mem").Want(t, failure.OK)
	s.wantNothingOf(r)
	// Of one on disk it is not made one in memory.
	s.testUp(test.UpOptions{Name: named("disk"), Services: []string{"other"}}).Want(t, failure.OK)
	s.testUp(test.UpOptions{Name: named("disk"), Tmpfs: true}).Want(t, failure.Usage).Says(t, "mage test:down -name=disk, then this again")
}
