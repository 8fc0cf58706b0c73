package build

import (
	"context"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
)

// buildCompose has a service of each kind: one of the backend, one of another
// file, one with another's image, one that is not built.
const (
	buildCompose = `name: demo
services:
  db:
    image: postgres:16
  page:
    build: ../page
`
	backendCompose = `services:
  api:
    image: team/api:dev
    build:
      context: ../api
      args: {COLOUR: red}
  worker:
    image: team/api:dev
    build:
      context: ../api
      args: {COLOUR: red}
`
)

// world is a repository with builds, an engine, and no program but the docker
// command that a test gives it.
func world(t *testing.T) (*commandtest.Repository, *commandtest.Engine) {
	t.Helper()
	r, e := commandtest.NewEngineRepository(t)
	r.Tools()
	r.Write("env/.env.example", "A=1\n")
	r.Write("env/.env.local", "A=1\n")
	r.Write("compose/docker-compose.yml", buildCompose)
	r.Write("compose/docker-compose.backend.yml", backendCompose)
	r.Write("api/Dockerfile", "FROM scratch\nARG COLOUR\nCOPY a.txt /\n")
	r.Write("api/a.txt", "one\n")
	r.Write("page/Dockerfile", "FROM scratch\nCOPY . .\n")
	for _, name := range []string{"api", "page"} {
		e.Images = append(e.Images, &commandtest.Image{ID: commandtest.BuiltID(name), Size: 5_000_000, Created: r.Now.Add(-time.Hour)})
	}
	return r, e
}

// bakes is the docker command's call that makes a build; more is what its shell
// does meanwhile.
func bakes(name, more string) commandtest.Call {
	call := commandtest.Bakes(name)
	call.Err, call.Script = bakeLog, more+call.Script
	return call
}

// bakeLog is what BuildKit tells of two steps, one of them from its cache.
const bakeLog = `{"vertexes":[{"digest":"sha256:11","name":"[1/2] COPY a.txt /","started":"2026-05-06T12:00:00Z","completed":"2026-05-06T12:00:01Z","cached":true}]}
{"vertexes":[{"digest":"sha256:22","name":"[2/2] RUN true","started":"2026-05-06T12:00:01Z","completed":"2026-05-06T12:00:03Z"}]}
`

func buildCall(o Options) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Build(ctx, w, o) }
}

func planCall(json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Plan(ctx, w, json) }
}

func imagesCall(json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Images(ctx, w, json) }
}

func explainCall(service string, json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Explain(ctx, w, service, json) }
}
