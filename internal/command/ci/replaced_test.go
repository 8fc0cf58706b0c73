package ci

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	show "github.com/infinitescribe/spellbook/internal/report/tasks"
	"github.com/infinitescribe/spellbook/internal/task"
)

// bundled is a project of Node.js whose build would write to web/dist, where a task of the
// magefile writes, too.
func bundled(t *testing.T) (r *commandtest.Repository, o Options) {
	t.Helper()
	r = shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write(".gitignore", "dist/\n")
	r.Write("web/package.json", `{"scripts": {"build": "x"}}`)
	r.Write("web/app.js", "1\n")
	r.Write("bin/npm", "#!/bin/sh\n[ \"$1\" = run ] || exit 0\nmkdir -p dist\necho theirs >dist/app.js\n")
	if err := os.Chmod(filepath.Join(r.Dir, "bin/npm"), 0o755); err != nil {
		t.Fatal(err)
	}
	initialized(t, r)
	bundle := task.Task{Name: "bundle", Inputs: []string{"web/*.js"}, Outputs: []string{"web/dist"},
		Steps: []task.Step{{Argv: []string{"sh", "-c", "mkdir -p web/dist; cp web/app.js web/dist/app.js"}}}}
	return r, Options{Tasks: []task.Task{bundle}, Only: []string{"build"}}
}

// ciOf is a run at the time of the clock, by which files are told.
func ciOf(o Options) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error {
		w.Now = time.Now
		return Run(ctx, w, o)
	}
}

func TestABuildThatATaskOfTheMagefileReplacesIsToldAndTheRunGoesWell(t *testing.T) {
	t.Parallel()
	r, o := bundled(t)
	const note = "note: build:npm:web does not run: what it would write are outputs of bundle\n"
	first := r.Run(ciOf(o)).Want(t, failure.OK, "bundle          ✔ passed")
	if n := strings.Count(first.Err, note); n != 1 || r.Read("web/dist/app.js") != "1\n" {
		t.Errorf("told %d times, and made is %q:\n%s", n, r.Read("web/dist/app.js"), first)
	}
	o.JSON = true
	var d show.Document
	if again := r.Run(ciOf(o)).Want(t, failure.OK); json.Unmarshal([]byte(again.Out), &d) != nil || len(d.Tasks) != 2 || d.Tasks[1].Name != "bundle" || d.Tasks[1].Outcome != task.Cached || !strings.Contains(again.Err, note) {
		t.Errorf("the second run says\n%s", again)
	}
	o.JSON, o.Only = false, []string{"bundle"} // what the build stood for is no part of it
	if alone := r.Run(ciOf(o)).Want(t, failure.OK); strings.Contains(alone.Err, "note:") {
		t.Errorf("it tells of a build that was not asked for:\n%s", alone)
	}
}
