package infra

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// running: all of the stack is up, by a run of ours.
func running(r *repository, _ *engineOf) { r.Run(upCall(UpOptions{})).Want(r.T, failure.OK) }

// stopped: it was up, and was stopped.
func stopped(r *repository, e *engineOf) {
	running(r, e)
	r.Run(onServices(Stop)).Want(r.T, failure.OK)
}

// missing: the engine lacks the image of a service, and its registry has it.
func missing(service string) func(*repository, *engineOf) {
	return func(_ *repository, e *engineOf) {
		e.Lose(e.Made(service).Image)
		e.Registry = map[string]string{e.Made(service).Image: "sha256:1"}
	}
}

// withoutEnvironment: nobody has chosen one yet.
func withoutEnvironment(r *repository, _ *engineOf) {
	r.Remove(".env")
	r.Remove("env")
	r.Write("env/.env.example", "# [secret] [generate 24]\nDB_PASSWORD=\n")
}

func TestUpAndItsKinDoWhatTheirTranscriptSays(t *testing.T) {
	t.Parallel()
	changed := func(r *repository, e *engineOf) {
		running(r, e)
		r.Write("compose/docker-compose.yml", strings.Replace(commandtest.StackCompose, "ready]", "ready, -v]", 1))
		e.Made("db").Labels = commandtest.With(e.Made("db").Labels, "com.docker.compose.config-hash", "2")
	}
	removed := func(r *repository, e *engineOf) {
		running(r, e)
		e.Containers = append(e.Containers, r.Container("old", "old:1"))
		e.Volumes = append(e.Volumes, &commandtest.Volume{Name: "demo_old", Labels: commandtest.Of("demo")})
	}
	forgotten := func(r *repository, e *engineOf) { running(r, e); r.Remove(".spellbook") }
	paused := func(r *repository, e *engineOf) { running(r, e); e.Service("api").State = "paused" }
	json := upCall(UpOptions{JSON: true})
	commandtest.Play(t, "testdata/up.golden", commandtest.NewStack, []scene{
		{"nothing is up", nil, "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"nothing is up", nil, "infra:up -dry -json", upCall(UpOptions{Dry: true, JSON: true}), "plan"},
		{"nothing is up", nil, "infra:up", upCall(UpOptions{}), ""},
		{"nothing is up", nil, "infra:up -json", json, "up"},
		{"nothing is up", nil, "infra:up -services=db", upCall(UpOptions{Services: []string{"db"}}), ""},
		{"nothing is up", nil, "infra:up -services=debug", upCall(UpOptions{Services: []string{"debug"}}), ""},
		{"nothing is up", nil, "infra:start -services=migrate", onServices(Start, "migrate"), ""},
		{"nothing is up", nil, "infra:restart -services=db", onServices(Restart, "db"), ""},
		{"nothing is up", nil, "infra:stop", onServices(Stop), ""},
		{"nothing is up, and there is no environment", withoutEnvironment, "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"nothing is up, and there is no environment", withoutEnvironment, "infra:up", upCall(UpOptions{}), ""},
		{"all is up", running, "infra:up", upCall(UpOptions{}), ""},
		{"all is up", running, "infra:up -json", json, "up"},
		{"all is up, and nothing is known of it", forgotten, "infra:up -json", json, "up"},
		{"all is up, and a service is paused", paused, "infra:up -json", json, "up"},
		{"all is up", running, "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"all is up", running, "infra:up -dry -json", upCall(UpOptions{Dry: true, JSON: true}), "plan"},
		{"all is up", running, "infra:up -profile=tools", upCall(UpOptions{Profiles: []string{"tools"}}), ""},
		{"all is up", running, "infra:up -adopt", upCall(UpOptions{Adopt: true}), ""},
		{"all is up", running, "infra:recreate -services=api", onServices(Recreate, "api"), ""},
		{"all is up", running, "infra:recreate", onServices(Recreate), ""},
		{"all is up", running, "infra:restart", onServices(Restart), ""},
		{"all is up", running, "infra:restart -services=api", onServices(Restart, "api"), ""},
		{"all is up", running, "infra:stop", onServices(Stop), ""},
		{"all is up", running, "infra:stop -services=db", onServices(Stop, "db"), ""},
		{"all is stopped", stopped, "infra:start -services=db", onServices(Start, "db"), ""},
		{"all is stopped", stopped, "infra:up", upCall(UpOptions{}), ""},
		{"the image of api is missing", missing("api"), "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"the image of api is missing", missing("api"), "infra:up", upCall(UpOptions{}), ""},
		{"db is configured otherwise", changed, "infra:up", upCall(UpOptions{}), ""},
		{"a service has left the files", removed, "infra:up -dry", upCall(UpOptions{Dry: true}), ""},
		{"a service has left the files", removed, "infra:up", upCall(UpOptions{}), ""},
		{"a service has left the files", removed, "infra:up -services=db", upCall(UpOptions{Services: []string{"db"}}), ""},
	})
}

func TestAnInterruptedRunTellsWhetherItHasChangedAnything(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world   func(*repository, *engineOf)
		changed bool
	}{
		"nothing was up": {func(_ *repository, e *engineOf) { e.Made("db").Health = "starting" }, true},
		"all was up, and nothing was known of it": {func(r *repository, e *engineOf) {
			running(r, e)
			r.Remove(".spellbook")
			e.Service("api").Health = "starting"
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := commandtest.NewStack(t)
			c.world(r, e)
			signals := make(chan os.Signal, 1)
			r.Signals = signals
			e.Exec = func(commandtest.Exec) (string, string, int) { // its health check
				select {
				case signals <- os.Interrupt:
				default:
				}
				return "", "not yet", 1
			}
			x := r.Run(upCall(UpOptions{JSON: true})).Want(t, failure.Interrupted)
			schematest.Validate(t, "up", []byte(x.Out))
			if doc := commandtest.Document[report.Up](t, x); doc.Changed != c.changed || doc.OK {
				t.Errorf("the document is\n%s", x)
			}
		})
	}
}

// A containerd store gives an image another ID for the attestation of its build.
func TestAnotherIDOfTheSameContentIsNoOtherImage(t *testing.T) {
	t.Parallel()
	const kept, gone, alone = true, false, "docker compose up --no-start --no-deps db migrate"
	for name, c := range map[string]struct {
		content string // of the new image
		old     bool   // that the containers were made from is still there
		change  func(*repository, *engineOf)
		calls   string // of Compose
	}{
		"the same":                          {"sha256:api", kept, nil, ""},
		"the same, and the old one gone":    {"sha256:api", gone, nil, ""},
		"another":                           {"sha256:other", kept, nil, "docker compose create api db migrate"},
		"nobody knows what the old one was": {"sha256:api", gone, func(r *repository, _ *engineOf) { r.Remove(".spellbook/demo/up.json") }, "docker compose create api db migrate"},
		"another service has changed": {"sha256:api", gone, func(_ *repository, e *engineOf) {
			e.Made("db").Labels = commandtest.With(e.Made("db").Labels, "com.docker.compose.config-hash", "2")
		}, alone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := commandtest.NewStack(t)
			running(r, e)
			if c.change != nil {
				r.Write("compose/docker-compose.yml", strings.Replace(commandtest.StackCompose, "ready]", "ready, -v]", 1))
				c.change(r, e)
			}
			e.Image("api:1").Tags = nil
			if !c.old {
				e.Images = slices.DeleteFunc(e.Images, func(i *commandtest.Image) bool { return len(i.Tags) == 0 })
			}
			e.Images = append(e.Images, &commandtest.Image{ID: "sha256:new", Tags: []string{"api:1"}, Content: c.content})
			e.Service("api").Image = "sha256:api" // as the list has it once the name is another's
			e.Forget()
			r.Run(upCall(UpOptions{})).Want(t, failure.OK)
			calls := ""
			for line := range strings.Lines(e.Done()) {
				if strings.HasPrefix(line, "docker compose") {
					calls += line
				}
			}
			if strings.TrimSpace(calls) != c.calls {
				t.Errorf("called was %q, want %q", calls, c.calls)
			}
		})
	}
}

// What can be inspected and is not listed cannot be run: it is what a load that
// failed leaves in a containerd store.
func TestAnImageThatIsNotListedIsPulled(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	e.Snapshotter, e.Image("db:1").Unlisted = true, true
	e.Registry = map[string]string{"db:1": "sha256:1"}
	r.Run(upCall(UpOptions{})).Want(t, failure.OK)
	if done := e.Done(); !strings.Contains(done, "docker compose pull db\n") {
		t.Errorf("done was\n%s", done)
	}
}

// What Compose warns of in the files is told once by what makes something of them, also
// where nothing is to be done, and not by what only looks at what runs, or ends it.
func TestAVariableThatIsNotSetIsToldOnceWhereItMatters(t *testing.T) {
	t.Parallel()
	r, _ := commandtest.NewStack(t)
	r.Write("compose/docker-compose.yml", strings.Replace(commandtest.StackCompose, "services:\n", "x-told: \"${NOWHERE}\"\nservices:\n", 1))
	for _, c := range []struct {
		name  string
		do    commandtest.Target
		times int
	}{
		{"up -dry", upCall(UpOptions{Dry: true}), 1}, {"up", upCall(UpOptions{}), 1}, {"up again", upCall(UpOptions{}), 1}, {"up again -dry", upCall(UpOptions{Dry: true}), 1}, {"restart", onServices(Restart), 1},
		{"recreate", onServices(Recreate), 1}, {"stop", onServices(Stop), 0}, {"down", downCall(DownOptions{}), 0},
	} {
		if x := r.Run(c.do).Want(t, failure.OK); strings.Count(x.Err, `The "NOWHERE" variable is not set`) != c.times {
			t.Errorf("%s: want it %d times in\n%s", c.name, c.times, x)
		}
	}
}
