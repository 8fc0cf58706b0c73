package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/task"
)

// spoil changes what is kept of all that has a content.
func (r *repository) spoil(content string, change func(object string)) (n int) {
	r.Helper()
	r.must(filepath.WalkDir(filepath.Join(r.o.Dir, "objects"), func(at string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if text, _ := os.ReadFile(at); string(text) == content {
				change(at)
				n++
			}
		}
		return err
	}))
	return n
}

// A disk that was full, or a machine without power, leaves files that are shorter than they were.
func TestWhatIsKeptAndDamagedIsThrownAwayAndTheTaskRunsAgain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, object string){
		"shorter": func(t *testing.T, object string) { orFatal(t, os.Truncate(object, 0)) },
		"another": func(t *testing.T, object string) { orFatal(t, os.WriteFile(object, []byte("no"), 0o600)) },
	} {
		for _, content := range []string{"1", "made\n"} { // an output, and what it said
			r := newRepository(t, "src/a=1")
			r.tasks = []task.Task{shell("t", "mkdir -p dist; cp src/a dist/a; echo made")}
			r.tasks[0].Outputs = []string{"dist"}
			r.want("passed")
			if n := r.spoil(content, func(object string) { change(t, object) }); n != 1 {
				t.Fatalf("%s: %d objects with %q", name, n, content)
			}
			r.must(os.RemoveAll(filepath.Join(r.root, "dist")))
			got := r.want("passed: what was kept of it was damaged, and is thrown away: objects/")
			if text := strings.Join(got.Warnings, "\n"); strings.Count(text, "what was kept of it was damaged, and is thrown away: objects/") != 1 {
				t.Errorf("%s: warnings are %q", name, got.Warnings)
			}
			if r.read("dist/a") != "1" || !slices.Equal(r.lines, []string{"t: made"}) {
				t.Errorf("%s: it made %q and said %q", name, r.read("dist/a"), r.lines)
			}
			r.must(os.RemoveAll(filepath.Join(r.root, "dist")))
			if got := r.want("cached: its outputs were put back"); strings.Contains(strings.Join(got.Warnings, "\n"), "damaged") || r.read("dist/a") != "1" {
				t.Errorf("%s: it is not kept again: %q, warnings %q", name, r.read("dist/a"), got.Warnings)
			}
		}
	}
}

func TestWhatSeveralTasksHadKeptAndIsDamagedIsOneWarning(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("a", "echo a"), shell("b", "echo b"), shell("c", "echo c")}
	r.want("passed")
	for _, said := range []string{"a\n", "c\n"} {
		r.spoil(said, func(object string) { r.must(os.Truncate(object, 1)) })
	}
	var ran []string
	warnings := ""
	for name, got := range r.run() {
		warnings += strings.Join(got.Warnings, "\n") + "\n"
		if got.Outcome == task.Passed {
			ran = append(ran, name)
		}
	}
	slices.Sort(ran)
	if !slices.Equal(ran, []string{"a", "c"}) || strings.Count(warnings, "damaged") != 1 || !strings.Contains(warnings, " (and 1 more)\n") {
		t.Errorf("%q ran; warnings are\n%s", ran, warnings)
	}
	r.want(unchanged)
}

func orFatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
