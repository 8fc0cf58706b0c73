package infra

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/load"
)

// edited is the stack's Compose file with one text for another.
func edited(before, after string) func(*repository, *engineOf) {
	return func(r *repository, _ *engineOf) {
		r.Write("compose/docker-compose.yml", strings.Replace(commandtest.StackCompose, before, after, 1))
	}
}

// database: one service is up, and nobody has a network, so that all there is to
// be done is done one after the other.
func database(r *repository, e *engineOf) {
	r.Run(upCall(UpOptions{Services: []string{"db"}})).Want(r.T, 0)
	e.Networks = nil
}

// foreign: the database is up, and a container of another checkout beside it.
func foreign(r *repository, e *engineOf) {
	database(r, e)
	c := r.Container("old", "old:1")
	c.Labels["com.docker.compose.project.working_dir"], c.Labels["com.docker.compose.project.config_files"] = "/elsewhere", "/elsewhere/compose.yml"
	e.Containers = append(e.Containers, c)
}

// with is the run's environment with a further variable.
func with(pair string) func(*repository, *engineOf) {
	return func(r *repository, _ *engineOf) { r.Env = append(r.Env, pair) }
}

// locked: another run holds the lock of the project, until the test ends.
func locked(r *repository, e *engineOf) {
	hold := func(ctx context.Context, w *app.Run) error {
		return load.With(ctx, w, load.Options{}, func(ctx context.Context, s *load.Session) error {
			unlock, _, err := s.Lock(ctx, "infra:down", time.Minute)
			if err == nil {
				r.T.Cleanup(unlock)
			}
			return err
		})
	}
	r.Run(hold).Want(r.T, 0)
}

// another is the stack of another checkout, which is there, or was.
func another(there bool) func(*repository, *engineOf) {
	return func(r *repository, e *engineOf) {
		database(r, e)
		r.Remove(".spellbook")
		dir := filepath.Join(r.Dir, "..", "other", "compose")
		if there {
			r.Write("../other/compose/docker-compose.yml", commandtest.StackCompose)
			r.Write("../other/magefiles/magefile.go", "package main\n")
		}
		for _, c := range e.Containers {
			c.Labels = commandtest.With(c.Labels, "com.docker.compose.project.working_dir", dir)
			c.Labels["com.docker.compose.project.config_files"] = filepath.Join(dir, "docker-compose.yml")
		}
	}
}

func TestARefusalSaysWhyAndWhatToTypeAndNothingIsDone(t *testing.T) {
	t.Parallel()
	up, dry := upCall(UpOptions{}), upCall(UpOptions{Dry: true})
	old := func(r *repository, e *engineOf) { e.ComposeVersion("2.19.1") }
	taken := func(r *repository, e *engineOf) {
		edited("volumes: [data:/data]", "ports: ['${DB_PORT:-5432}:5432']")(r, e)
		c := r.Container("web", "web:1")
		c.ID, c.Name, c.Labels = "web", "shop-web-1", commandtest.Of("shop", "com.docker.compose.service", "web")
		c.Ports = []commandtest.Port{{IP: "0.0.0.0", Host: 5433, Container: 80}, {IP: "0.0.0.0", Host: 5434, Container: 81}}
		e.Containers = append(e.Containers, c)
	}
	commandtest.Play(t, "testdata/refuse.golden", commandtest.NewStack, []scene{
		{"a time before the beginning", nil, "infra:up -timeout=-1s", upCall(UpOptions{Timeout: -time.Second}), ""},
		{"a time before the beginning", nil, "infra:up -timeout=-1s -json", upCall(UpOptions{Timeout: -time.Second, JSON: true}), "up"},
		{"a service that is none", nil, "infra:up -services=dbb", upCall(UpOptions{Services: []string{"dbb"}}), ""},
		{"a service that is none", nil, "infra:up -services=dbb -dry -json", upCall(UpOptions{Services: []string{"dbb"}, Dry: true, JSON: true}), "plan"},
		{"a service that is none", nil, "infra:start -services=dbb", onServices(Start, "dbb"), ""},
		{"a service that is none", nil, "infra:recreate -services=dbb", onServices(Recreate, "dbb"), ""},
		{"a service that is none", running, "infra:stop -services=dbb", onServices(Stop, "dbb"), ""},
		{"a service that is none", running, "infra:restart -services=api,dbb", onServices(Restart, "api", "dbb"), ""},
		{"a profile that is none", nil, "infra:up -profile=tool", upCall(UpOptions{Profiles: []string{"tool"}}), ""},
		{"a name that is not the project's", running, "infra:down -confirm=other", downCall(DownOptions{Confirm: "other"}), ""},
		{"a Compose file that is none", edited("image: db:1", "imagine: db:1"), "infra:up", up, ""},
		{"a variable that must be set", func(r *repository, _ *engineOf) { r.Write("env/.env.local", "DB_PORT=5433\n") }, "infra:up", up, ""},
		{"no engine at this address", with("DOCKER_HOST=unix:///nowhere.sock"), "infra:up", up, ""},
		{"an address that is none", with("DOCKER_HOST=nowhere"), "infra:up", up, ""},
		{"Compose is old", old, "infra:up", up, ""},
		{"Compose is not installed", func(_ *repository, e *engineOf) {
			e.FailCompose("version", "docker: 'compose' is not a docker command.")
		}, "infra:up", up, ""},
		{"docker is not installed", with("PATH="), "infra:up", up, ""},
		{"Compose cannot read the files", func(r *repository, e *engineOf) {
			running(r, e)
			e.Service("db").Labels["com.docker.compose.config-hash"] = "other"
			e.FailCompose("config", "unknown field")
		}, "infra:up", up, ""},
		{"an image that nobody has", func(_ *repository, e *engineOf) { e.Lose("api:1") }, "infra:up", up, ""},
		{"more than one thing in the way", func(r *repository, e *engineOf) { old(r, e); e.Lose("api:1") }, "infra:up -dry", dry, ""},
		{"a file that is not there", edited("data:/data", "./none.conf:/etc/db.conf"), "infra:up", up, ""},
		{"more memory than there is", edited("volumes:", "mem_reservation: 9g\n    volumes:"), "infra:up", up, ""},
		{"more memory than there is", edited("volumes:", "deploy: {resources: {reservations: {memory: 9g}}}\n    volumes:"), "infra:up", up, ""},
		{"a port that is taken", taken, "infra:up", up, ""},
		{"a stack of another checkout", another(true), "infra:up", up, ""},
		{"a stack of another checkout", another(true), "infra:up -dry -json", upCall(UpOptions{Dry: true, JSON: true}), "plan"},
		{"a stack of another checkout", another(true), "infra:start", onServices(Start), ""},
		{"a stack of another checkout", another(true), "infra:stop", onServices(Stop), ""},
		{"a stack of another checkout", another(true), "infra:restart", onServices(Restart), ""},
		{"a stack of another checkout", another(true), "infra:recreate -services=db", onServices(Recreate, "db"), ""},
		{"a stack of another checkout", another(true), "infra:down", downCall(DownOptions{}), ""},
		{"a stack of a checkout that is no more", another(false), "infra:up", up, ""},
		{"another run is at it", locked, "infra:up -timeout=300ms", upCall(UpOptions{Timeout: 300 * time.Millisecond}), ""},
		{"another run is at it", locked, "infra:recreate -timeout=300ms -json", upCall(UpOptions{Timeout: 300 * time.Millisecond, Recreate: true, JSON: true}), "up"},
		{"volumes, and nobody to ask", running, "infra:down -volumes", downCall(DownOptions{Volumes: true}), ""},
		{"what restarts cannot be started again", func(r *repository, e *engineOf) { running(r, e); e.Lose("api:1") }, "infra:restart", onServices(Restart), ""},
	})
}

// What asks takes a yes, and nothing else.
func TestNothingIsLostWithoutAYes(t *testing.T) {
	t.Parallel()
	answered := func(world func(*repository, *engineOf), answer string) func(*repository, *engineOf) {
		return func(r *repository, e *engineOf) {
			world(r, e)
			r.Term, r.Width, r.In, r.Env = true, 1000, answer, append(r.Env, "TERM=dumb")
		}
	}
	volumes, gone := downCall(DownOptions{Volumes: true}), another(false)
	commandtest.Play(t, "testdata/ask.golden", commandtest.NewStack, []scene{
		{"volumes, and somebody says no", answered(database, "n\n"), "infra:down -volumes", volumes, ""},
		{"volumes, and somebody says nothing", answered(database, ""), "infra:down -volumes", volumes, ""},
		{"volumes, and somebody says yes", answered(database, "y\n"), "infra:down -volumes", volumes, ""},
		{"a stack of a checkout that is no more, and somebody says no", answered(gone, "\n"), "infra:up", upCall(UpOptions{}), ""},
		{"a stack of a checkout that is no more, and somebody says yes", answered(gone, "yes\n"), "infra:up", upCall(UpOptions{}), ""},
		{"a stack of a checkout that is no more, and somebody says yes", answered(gone, "yes\n"), "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"a stack of another checkout, and somebody says yes", answered(another(true), "yes\n"), "infra:up", upCall(UpOptions{}), ""},
		{"a stack of another checkout, and somebody says its name", answered(another(true), "demo\n"), "infra:down", downCall(DownOptions{}), ""},
		{"a stack of another checkout, and somebody says another name", answered(another(true), "dem\n"), "infra:down", downCall(DownOptions{}), ""},
		{"a stack of another checkout, and somebody says nothing", answered(another(true), "\n"), "infra:down", downCall(DownOptions{}), ""},
		{"a service of another checkout among ours, and somebody says nothing", answered(foreign, "\n"), "infra:down", downCall(DownOptions{}), ""},
	})
}

func TestDownRemovesWhatItsTranscriptSays(t *testing.T) {
	t.Parallel()
	commandtest.Play(t, "testdata/down.golden", commandtest.NewStack, []scene{
		{"nothing is up", nil, "infra:down", downCall(DownOptions{}), ""},
		{"nothing is up", nil, "infra:down -dry", downCall(DownOptions{Dry: true}), ""},
		{"nothing is up", nil, "infra:down -volumes", downCall(DownOptions{Volumes: true}), ""},
		{"the database is up", database, "infra:down", downCall(DownOptions{}), ""},
		{"the database is up", database, "infra:down -dry", downCall(DownOptions{Dry: true}), ""},
		{"the database is up", database, "infra:down -volumes -dry", downCall(DownOptions{Volumes: true, Dry: true}), ""},
		{"the database is up", database, "infra:down -volumes -yes", downCall(DownOptions{Volumes: true, Yes: true}), ""},
		{"the database is up", database, "infra:down -volumes -confirm=demo", downCall(DownOptions{Volumes: true, Confirm: "demo"}), ""},
		{"a volume that another project uses", func(r *repository, e *engineOf) {
			database(r, e)
			c := r.Container("backup", "backup:1")
			c.ID, c.Name, c.Labels, c.Volumes = "backup", "backup", map[string]string{}, []string{"demo_data"}
			e.Containers = append(e.Containers, c)
		}, "infra:down -volumes -yes", downCall(DownOptions{Volumes: true, Yes: true}), ""},
		{"a stack of another checkout", another(true), "infra:down -confirm=demo", downCall(DownOptions{Confirm: "demo"}), ""},
		{"a service of another checkout among ours", foreign, "infra:down", downCall(DownOptions{}), ""},
		{"a network that cannot be removed", func(r *repository, e *engineOf) {
			database(r, e)
			e.Networks = []*commandtest.Network{{ID: "0a1b2c", Name: "demo_default", Labels: commandtest.Of("demo")}}
			e.Fails = map[string]string{"DELETE networks/demo_default": "network 0a1b2c has active endpoints"}
		}, "infra:down", downCall(DownOptions{}), ""},
		{"a container that cannot be removed", func(r *repository, e *engineOf) {
			database(r, e)
			e.Fails = map[string]string{"DELETE containers/demo-db-1": "cannot remove container " + e.Service("db").ID + ": device or resource busy"}
		}, "infra:down", downCall(DownOptions{}), ""},
	})
}

// The record of what was up is of containers that are gone.
func TestDownForgetsWhatWasUp(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	running(r, e)
	const record = ".spellbook/demo/up.json"
	if !r.Exists(record) {
		t.Fatal("infra:up has written no record")
	}
	r.Run(downCall(DownOptions{Dry: true})).Want(t, 0)
	if !r.Exists(record) {
		t.Error("a plan has forgotten it")
	}
	r.Run(downCall(DownOptions{})).Want(t, 0)
	if _, err := os.Stat(filepath.Join(r.Dir, record)); err == nil {
		t.Error("it is still there")
	}
}
