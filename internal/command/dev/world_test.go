package dev

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/project"
)

const (
	plainCompose   = "name: demo\nservices:\n  db: {image: \"postgres:16\"}\n  page: {build: ../page}\n"
	backendCompose = "services:\n  api: {image: \"team/api:dev\", build: {context: ../api}}\n"
)

// world is a repository whose services are built, with an engine that has what
// the builder makes, without a name.
func world(t *testing.T) (*commandtest.Repository, *commandtest.Engine) {
	t.Helper()
	r, e := commandtest.NewEngineRepository(t)
	r.Tools()
	r.Write("env/.env.example", "A=1\n")
	r.Write("env/.env.local", "A=1\n")
	r.Write("compose/docker-compose.yml", plainCompose)
	r.Write("compose/docker-compose.backend.yml", backendCompose)
	r.Write("api/Dockerfile", "FROM scratch\nCOPY . /\n")
	r.Write("api/a.txt", "one\n")
	r.Write("page/Dockerfile", "FROM scratch\nCOPY . .\n")
	for _, name := range []string{"api", "page"} {
		e.Images = append(e.Images, &commandtest.Image{ID: commandtest.BuiltID(name)})
	}
	e.Images = append(e.Images, &commandtest.Image{ID: "sha256:db", Tags: []string{"postgres:16"}})
	return r, e
}

// breaks is one that fails.
func breaks(name string) commandtest.Call {
	return commandtest.Call{Args: "buildx bake * " + name, Exit: 1, Err: `{"vertexes":[{"digest":"sha256:11","name":"[2/2] COPY . /","started":"2026-05-06T12:00:00Z",` +
		`"completed":"2026-05-06T12:00:01Z","error":"process \"/bin/sh -c make\" did not complete successfully: exit code: 2"}]}` + "\n"}
}

// refuses is the Compose CLI that does nothing. It is asked for its version and for
// the hashes at once, and the first answer that is an error ends the other question,
// so that one waits until the other has been asked; for ten seconds at most, as a
// question that is not asked is to fail the test and not to hang it.
var refuses = []commandtest.Call{
	{Args: "compose version*", Out: "2.30.0\n"},
	{Args: "compose -p *", Err: "Compose is out of order\n", Script: "n=0; until [ -e made-0 ] || [ $n = 1000 ]; do sleep 0.01; n=$((n + 1)); done", Exit: 1},
}

func upCall(o UpOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Up(ctx, w, o) }
}

func watchCall(o WatchOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Watch(ctx, w, o) }
}

// watching is a watcher that has opened the repository and built nothing; out is
// what it says, on both streams.
func watching(t *testing.T, r *commandtest.Repository, o WatchOptions) (d *watcher, out *strings.Builder) {
	t.Helper()
	out = &strings.Builder{}
	w := &app.Run{Layout: project.Layout{Root: r.Dir}, Dir: r.Dir, Environ: r.Env, Out: out, Err: out, Now: func() time.Time { return r.Now }}
	d = &watcher{w: w, o: o, format: w.Format(false), last: map[string]image.Record{}, due: map[string]bool{}}
	var err error
	if d.world, err = d.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.stop(); d.world.close() })
	return d, out
}

// said fails the test unless what was said since the last time is text.
func said(t *testing.T, out *strings.Builder, text string) {
	t.Helper()
	if got := out.String(); got != text {
		t.Errorf("it says\n%swant\n%s", got, text)
	}
	out.Reset()
}
