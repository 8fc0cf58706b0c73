package test

import (
	"context"
	"os"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/manifest"
)

// Unit runs the unit tests of what is there: of Go modules, of packages with a package.json,
// of Python projects. All of them run; the exit code is that of the first that fails.
func Unit(ctx context.Context, w *app.Run) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		found, err := read(w)
		if err != nil {
			return err
		}
		return kind(ctx, w, found, manifest.Unit, "unit tests")
	})
}

// Coverage runs them and writes what they cover below manifest.CoverageDir.
func Coverage(ctx context.Context, w *app.Run) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		if err := os.MkdirAll(w.ProjectLayout().Path(manifest.CoverageDir), 0o755); err != nil {
			return err
		}
		found, err := read(w)
		if err != nil {
			return err
		}
		return kind(ctx, w, found, manifest.Coverage, "tests with coverage")
	})
}

// All is the unit tests, and then, where these pass, the integration tests.
func All(ctx context.Context, w *app.Run, o IntegrationOptions) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		found, err := read(w)
		if err != nil {
			return err
		}
		if err := kind(ctx, w, found, manifest.Unit, "unit tests"); err != nil {
			return err
		}
		o.Found = &found
		return integrate(ctx, w, o)
	})
}

// read is what the repository consists of; what its manifests leave open is told.
func read(w *app.Run) (manifest.Repository, error) {
	found, err := manifest.Read(w.Root())
	for _, warning := range found.Warnings {
		w.Tell("warning: %s", warning)
	}
	return found, err
}

func kind(ctx context.Context, w *app.Run, found manifest.Repository, kind manifest.Kind, what string) error {
	list := found.Of(kind)
	if len(list) == 0 {
		return failure.New(failure.Preflight, "there are no %s here: no go.mod with tests, package.json with such a script, or Python project", what).
			WithHint("docs/testing.md says what is looked for")
	}
	c := &commands{run: w, found: found}
	err := c.each(ctx, list)
	for _, one := range list {
		if one.Report != "" && err == nil {
			_ = w.Say("%s: %s\n", one.Name, one.Report)
		}
	}
	return err
}
