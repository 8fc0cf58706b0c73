package cache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/task"
)

func TestWhatADirectoryLinkLeadsToCountsWhereThePatternFindsItNowhereElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		link, to string // where it is, and where it leads from there
		inputs   []string
		file     string // below to
		seen     string // as it is told
	}{
		"no pattern matches it": {"apps/a/src", "../shared/deep/src", []string{"apps/*/src"}, "apps/shared/deep/src/f", "apps/a/src/f"},
		"not looked into":       {"lib", "node_modules/lib", []string{"**"}, "node_modules/lib/f", "lib/f"},
		"taken away":            {"site/content", "../docs", []string{"**", "!docs/**"}, "docs/f", "site/content/f"},
		"found where it is":     {"site/content", "../docs", []string{"**"}, "docs/f", "docs/f"},
	} {
		r := newRepository(t, "a=1", c.file+"=1")
		link := filepath.Join(r.root, c.link)
		r.must(errors.Join(os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink(c.to, link), os.Symlink(".", filepath.Join(r.root, filepath.Dir(c.file), "self"))))
		r.tasks = []task.Task{shell("t", "true")}
		r.tasks[0].Inputs = c.inputs
		r.want("passed: it has not run here")
		r.want(unchanged)
		r.write(c.file, "2")
		if got := r.want("passed: input " + c.seen + " has changed"); got.Reason != "input "+c.seen+" has changed" {
			t.Errorf("%s: got %q", name, got.Reason)
		}
		r.want(unchanged)
	}
}

func TestALinkToTheOwnOutputsOrToTheStateIsNoInput(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "apps/a/x=1", ".spellbook/ci/x=1")
	r.must(errors.Join(os.Symlink("../dist", filepath.Join(r.root, "apps/src")), os.Symlink(".spellbook/ci", filepath.Join(r.root, "log")), os.Mkdir(filepath.Join(r.root, "dist"), 0o755)))
	r.tasks = []task.Task{shell("t", "echo $$ > dist/x; echo $$ > .spellbook/ci/x")}
	r.tasks[0].Inputs, r.tasks[0].Outputs = []string{"**", "*/src"}, []string{"dist"}
	r.want("passed: it has not run here")
	r.want(unchanged)
}
