package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

func TestTheEnginesVersionAndItsImagesAreInputsWhereTheyAreDeclared(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	asked := 0
	e := Engine{Version: "29", Images: map[string]string{"postgres:17": "sha256:1", "redis:8": "sha256:1"}}
	var broken error
	r.o.Engine = func(context.Context) (Engine, error) { asked++; return e, broken }
	r.tasks = []task.Task{shell("t", "true")}
	r.want("passed")
	if asked > 0 {
		t.Error("an engine was asked for a task that uses none")
	}
	r.tasks[0].Engine, r.tasks[0].Images = true, []string{"postgres:17"}
	r.want("passed: engine is new, image postgres:17 is new")
	e.Images["redis:8"] = "sha256:2"
	r.want(unchanged)
	e.Images["postgres:17"] = "sha256:2"
	r.want("passed: image postgres:17 has changed")
	e.Version = "30"
	r.want("passed: engine has changed")
	broken = errors.New("no engine")
	r.want("passed: what it depends on cannot be told: no engine")
}

func TestAnImageThatATaskBuildsIsSeenByThoseThatNeedIt(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	images := map[string]string{}
	broken := false
	r.o.Engine = func(context.Context) (Engine, error) {
		if broken && images["app:latest"] != "" {
			return Engine{}, errors.New("it went away")
		}
		return Engine{Version: "29", Images: maps.Clone(images)}, nil
	}
	id := "sha256:1"
	first, use := shell("first", "true"), shell("use", "true")
	first.Engine, first.Images = true, []string{"postgres"}
	build := task.Task{Name: "build", Needs: []string{"first"}, Steps: []task.Step{{Func: func(context.Context, io.Writer) error { images["app:latest"] = id; return nil }}}}
	use.Engine, use.Images, use.Needs = true, []string{"docker.io/library/app"}, []string{"build"}
	r.tasks = []task.Task{first, build, use}
	r.want("passed")
	r.want(unchanged)
	id = "sha256:2"
	r.want("passed: image docker.io/library/app has changed")
	r.want(unchanged)
	delete(images, "app:latest")
	r.tasks[1].Steps = shell("", "true").Steps
	r.want("passed: image docker.io/library/app has changed")
	r.want(unchanged)

	broken = true // after it has run
	r.write("src/a", "2")
	use.Needs, use.Steps = nil, build.Steps
	r.tasks = []task.Task{use}
	if got := r.want("passed"); !slices.Contains(got.Warnings, "its result is not kept: it went away") {
		t.Errorf("got %q", got.Warnings)
	}
}

func TestAFunctionRunsAgainWhenItsProgramIsAnother(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "magefile=1")
	r.o.Program = filepath.Join(r.root, "magefile")
	r.tasks = []task.Task{{Name: "t", Inputs: []string{"src"}, Steps: []task.Step{{Func: func(_ context.Context, out io.Writer) error {
		_, err := fmt.Fprintln(out, "done")
		return err
	}}}}}
	r.want("passed")
	r.want(unchanged)
	r.write("magefile", "2")
	r.want("passed: program " + r.o.Program + " has changed")
}

func TestTheCacheStaysWithinItsBoundAndForgetsWhatWasNotUsedForLongest(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.o.Bound = 6500
	now := time.Now()
	r.o.Now = func() time.Time { return now }
	r.tasks = []task.Task{shell("t", "head -c 2000 /dev/zero | tr '\\0' $(cat src/a) > out")}
	r.tasks[0].Outputs = []string{"out"}
	for _, text := range []string{"1", "2", "1", "3"} { // 1 is used after 2
		r.write("src/a", text)
		r.want("")
		now = now.Add(time.Minute)
	}
	if size, err := (store{dir: r.o.Dir}).size(); err != nil || size > r.o.Bound {
		t.Errorf("%d bytes, %v", size, err)
	}
	r.write("src/a", "1")
	r.want("cached: its outputs were put back")
	r.write("src/a", "2")
	r.want("passed: input src/a has changed")
}

func TestADamagedIndexIsAnEmptyOne(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "true")}
	r.want("passed")
	path := filepath.Join(r.o.Dir, "index")
	data, err := os.ReadFile(path)
	r.must(err)
	for _, n := range []int{0, 3, len(magic) + 2, len(data) / 2, len(data) - 1} {
		r.must(os.WriteFile(path, data[:n], 0o600))
		r.want("cached: nothing has changed since an earlier run") // the record is there
	}
}
