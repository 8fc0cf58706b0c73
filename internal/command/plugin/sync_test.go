package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// commanded is a manifest with one command.
func commanded(name, command string) manifest.Manifest {
	return manifest.Manifest{Name: name, Summary: "For tests", Commands: []manifest.Command{{Name: command, Summary: "does it"}}}
}

// syncShims is plugin:sync of plugins that are built already.
func syncShims(check bool, manifests ...manifest.Manifest) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error {
		return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
			g, err := shims(ctx, s, manifests)
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

func newShimRepository(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	r.Write("go.mod", "// theirs\nmodule example.com/theirs\n")
	r.Write("magefiles/magefile.go", "//go:build mage\n\npackage main\n\nimport \"context\"\n\nfunc Greet(ctx context.Context) {}\n")
	return r
}

func TestSyncWritesWhatIsMissingAndRemovesWhatIsStale(t *testing.T) {
	r := newShimRepository(t)
	r.Run(syncShims(true, commanded("queue", "push"))).Want(t, failure.Preflight, "magefiles/plugins is not what the plugins declare",
		"differs: magefiles/plugins/queue.go", "mage plugin:sync")
	r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.OK, "wrote magefiles/plugins/queue.go", "wrote magefiles/plugins.go")
	if text := r.Read("magefiles/plugins.go"); !strings.Contains(text, "//mage:import\n\t_ \"example.com/theirs/magefiles/plugins\"") {
		t.Errorf("the magefile that imports the shims:\n%s", text)
	}
	r.Run(syncShims(true, commanded("queue", "push"))).Want(t, failure.OK, "up to date")
	r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.OK, "up to date")

	r.Write("magefiles/plugins/own.go", "package plugins\n")
	r.Run(syncShims(true, commanded("stack", "push"))).Want(t, failure.Preflight, "has no plugin: magefiles/plugins/queue.go")
	r.Run(syncShims(false, commanded("stack", "push"))).Want(t, failure.OK, "removed magefiles/plugins/queue.go", "wrote magefiles/plugins/stack.go")
	r.Read("magefiles/plugins/own.go")
	r.Run(syncShims(false)).Want(t, failure.OK, "removed magefiles/plugins.go")

	r.Remove("go.mod")
	x := r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.Preflight, "go mod init NAME")
	r.Type(strings.Replace(x.Failed.Error(), "NAME", "example.com/theirs", 1), "go mod init")
	r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.OK, "wrote magefiles/plugins/queue.go")
}

func TestAMagefileThatImportsTheShimsIsLeftToIt(t *testing.T) {
	r := newShimRepository(t)
	r.Write("magefiles/own.go", "//go:build mage\n\npackage main\n\nimport (\n\t//mage:import\n\t_ \"example.com/theirs/magefiles/plugins\"\n)\n")
	r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.OK)
	if _, err := os.Stat(filepath.Join(r.Dir, "magefiles/plugins.go")); err == nil {
		t.Error("the package is imported twice")
	}
}

func TestAFileOfTheUsersIsNotOverwritten(t *testing.T) {
	r := newShimRepository(t)
	r.Write("magefiles/plugins/queue.go", "package plugins\n")
	r.Run(syncShims(false, commanded("queue", "push"))).Want(t, failure.Preflight, "magefiles/plugins/queue.go", "nobody generated")
	if text := r.Read("magefiles/plugins/queue.go"); text != "package plugins\n" {
		t.Errorf("got\n%s", text)
	}
}

func TestTheNameOfATargetIsNoneForAPlugin(t *testing.T) {
	r := newShimRepository(t)
	for _, name := range []string{"infra", "env", "build", "dev", "plugin", "clean", "greet"} {
		r.Run(func(ctx context.Context, w *app.Run) error { return New(ctx, w, name) }).
			Want(t, failure.Preflight, "has a target of that name already", "another name")
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "plugins")); err == nil {
		t.Error("something was written")
	}
}

// Spellbook's own magefile is no part of what others import.
func TestATaskOfSpellbooksOwnTakesNoNameFromAPlugin(t *testing.T) {
	r := newShimRepository(t)
	r.Run(func(ctx context.Context, w *app.Run) error {
		return load.WithPlugins(ctx, w, func(_ context.Context, s *load.PluginContext) error {
			names, err := targetNames(s)
			for _, name := range []string{"bench"} {
				err = errors.Join(err, clash(name, names))
			}
			return err
		})
	}).Want(t, failure.OK)
}
