package workflow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

// commanded is a manifest with one command.
func commanded(name, command string) pluginhost.Manifest {
	return pluginhost.Manifest{Name: name, Summary: "For tests", Commands: []pluginhost.Command{{Name: command, Summary: "does it"}}}
}

// syncShims is plugin:sync of plugins that are built already.
func syncShims(check bool, manifests ...pluginhost.Manifest) target {
	return func(ctx context.Context, w *Workflow) error {
		return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
			g, err := s.shims(ctx, manifests)
			if err != nil {
				return err
			}
			if check {
				return g.check(w)
			}
			return g.write(w)
		})
	}
}

func newShimRepository(t *testing.T) *envRepository {
	t.Helper()
	r := newEnvRepository(t)
	r.write("go.mod", "// theirs\nmodule example.com/theirs\n")
	r.write("magefiles/magefile.go", "//go:build mage\n\npackage main\n\nimport \"context\"\n\nfunc Greet(ctx context.Context) {}\n")
	return r
}

func TestSyncWritesWhatIsMissingAndRemovesWhatIsStale(t *testing.T) {
	r := newShimRepository(t)
	r.run(syncShims(true, commanded("queue", "push"))).want(t, failure.Preflight, "magefiles/plugins is not what the plugins declare",
		"differs: magefiles/plugins/queue.go", "mage plugin:sync")
	r.run(syncShims(false, commanded("queue", "push"))).want(t, failure.OK, "wrote magefiles/plugins/queue.go", "wrote magefiles/plugins.go")
	if text := r.read("magefiles/plugins.go"); !strings.Contains(text, "//mage:import\n\t_ \"example.com/theirs/magefiles/plugins\"") {
		t.Errorf("the magefile that imports the shims:\n%s", text)
	}
	r.run(syncShims(true, commanded("queue", "push"))).want(t, failure.OK, "up to date")
	r.run(syncShims(false, commanded("queue", "push"))).want(t, failure.OK, "up to date")

	r.write("magefiles/plugins/own.go", "package plugins\n")
	r.run(syncShims(true, commanded("stack", "push"))).want(t, failure.Preflight, "has no plugin: magefiles/plugins/queue.go")
	r.run(syncShims(false, commanded("stack", "push"))).want(t, failure.OK, "removed magefiles/plugins/queue.go", "wrote magefiles/plugins/stack.go")
	r.read("magefiles/plugins/own.go")
	r.run(syncShims(false)).want(t, failure.OK, "removed magefiles/plugins.go")
}

func TestAMagefileThatImportsTheShimsIsLeftToIt(t *testing.T) {
	r := newShimRepository(t)
	r.write("magefiles/own.go", "//go:build mage\n\npackage main\n\nimport (\n\t//mage:import\n\t_ \"example.com/theirs/magefiles/plugins\"\n)\n")
	r.run(syncShims(false, commanded("queue", "push"))).want(t, failure.OK)
	if _, err := os.Stat(filepath.Join(r.dir, "magefiles/plugins.go")); err == nil {
		t.Error("the package is imported twice")
	}
}

func TestAFileOfTheUsersIsNotOverwritten(t *testing.T) {
	r := newShimRepository(t)
	r.write("magefiles/plugins/queue.go", "package plugins\n")
	r.run(syncShims(false, commanded("queue", "push"))).want(t, failure.Preflight, "magefiles/plugins/queue.go", "nobody generated")
	if text := r.read("magefiles/plugins/queue.go"); text != "package plugins\n" {
		t.Errorf("got\n%s", text)
	}
}

func TestTheNameOfATargetIsNoneForAPlugin(t *testing.T) {
	r := newShimRepository(t)
	for _, name := range []string{"infra", "env", "build", "dev", "plugin", "clean", "greet"} {
		r.run(func(ctx context.Context, w *Workflow) error { return w.PluginNew(ctx, name) }).
			want(t, failure.Preflight, "has a target of that name already", "another name")
	}
	if _, err := os.Stat(filepath.Join(r.dir, "plugins")); err == nil {
		t.Error("something was written")
	}
}

// Spellbook's own magefile is no part of what others import.
func TestATaskOfSpellbooksOwnTakesNoNameFromAPlugin(t *testing.T) {
	r := newShimRepository(t)
	r.run(func(ctx context.Context, w *Workflow) error {
		return w.atShelf(ctx, func(_ context.Context, s *shelf) error {
			names, err := s.targetNames()
			for _, name := range []string{"ci", "bench"} {
				err = errors.Join(err, clash(name, names))
			}
			return err
		})
	}).want(t, failure.OK)
}
