package infra

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
)

// ends has the container of a service end once it is started.
func ends(service string, code int, lines ...string) func(*repository, *engineOf) {
	return func(_ *repository, e *engineOf) {
		c := e.Made(service)
		c.State, c.Health, c.ExitCode = "exited", "", code
		for _, line := range lines {
			c.Log = append(c.Log, commandtest.LogLine{Text: line})
		}
	}
}

// What does not come up is told with what explains it, and what was not started
// because of it; the next run goes on from there.
func TestAFailureIsToldAsItsTranscriptSays(t *testing.T) {
	t.Parallel()
	up, json := upCall(UpOptions{}), upCall(UpOptions{JSON: true})
	crash := ends("db", 1, "reading /data", "FATAL: no room")
	memory := func(r *repository, e *engineOf) { ends("db", 137)(r, e); e.Made("db").OOM = true }
	removed := func(r *repository, e *engineOf) {
		running(r, e)
		e.Fails = map[string]string{"POST containers/demo-api-1/stop": "no"}
	}
	commandtest.Play(t, "testdata/fail.golden", commandtest.NewStack, []scene{
		{"the database ends", crash, "infra:up", up, ""},
		{"the database ends", crash, "infra:up -json", json, "up"},
		{"the database ends", crash, "infra:up -services=db", upCall(UpOptions{Services: []string{"db"}}), ""},
		{"the database has no memory left", memory, "infra:up", up, ""},
		{"the database has no memory left", memory, "infra:up -json", json, "up"},
		{"the one-shot fails", ends("migrate", 3, "no such table"), "infra:up", up, ""},
		{"the one-shot fails", ends("migrate", 3, "no such table"), "infra:up -services=db", upCall(UpOptions{Services: []string{"db"}}), ""},
		{"a service ends well, and was to stay", ends("api", 0), "infra:up", up, ""},
		{"the engine does not start a container", func(_ *repository, e *engineOf) {
			e.Fails = map[string]string{"POST containers/demo-db-1/start": "exec: \"serve\": executable file not found"}
		}, "infra:up", up, ""},
		{"Compose makes no containers", func(_ *repository, e *engineOf) { e.FailCompose("create", "Error: network demo_default is in use") }, "infra:up", up, ""},
		{"Compose makes no containers", func(_ *repository, e *engineOf) { e.FailCompose("create", "Error: network demo_default is in use") }, "infra:up -json", json, "up"},
		{"an image cannot be pulled", func(r *repository, e *engineOf) {
			missing("api")(r, e)
			e.FailCompose("pull", `{"error":true,"message":"Error response from daemon: denied"}`)
		}, "infra:up", up, ""},
		{"a container does not stop", removed, "infra:stop -services=api", onServices(Stop, "api"), ""},
		{"a container does not stop", removed, "infra:restart -services=api", onServices(Restart, "api"), ""},
	})
}

func TestAFailedRunIsGoneOnWith(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	ends("migrate", 3)(r, e)
	r.Run(upCall(UpOptions{})).Want(t, 4, "migrate exited with code 3", "not started: api")
	e.Made("migrate").ExitCode = 0
	db := *e.Service("db")
	r.Run(upCall(UpOptions{})).Want(t, 0)
	if now := e.Service("db"); now.ID != db.ID || !now.Started.Equal(db.Started) {
		t.Error("the second run has made or started a database that was ready")
	}
}
