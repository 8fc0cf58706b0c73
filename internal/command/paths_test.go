package command

import (
	"context"
	"go/ast"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// pathTargets are the targets that take a path; the user calls from apps.
var pathTargets = map[string]struct {
	prepare func(t *testing.T, r *commandtest.Repository, e *commandtest.Engine)
	do      commandtest.Target
	code    failure.Code
	says    string
	writes  string
}{
	"build:sbom": {func(t *testing.T, r *commandtest.Repository, e *commandtest.Engine) {
		r.Write("compose/docker-compose.yml", "name: demo\nservices: {page: {build: ../page}}\n")
		r.Write("page/Dockerfile", "FROM scratch\n")
		planned := commandtest.Document[report.BuildPlan](t, r.Run(func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, true) }))
		e.Images = append(e.Images, &commandtest.Image{ID: "sha256:1", Tags: planned.Builds[0].Tags})
		r.Tools()
		r.Tool("syft", commandtest.Call{Args: "docker:demo-page:* -o spdx-json", Out: `{"spdxVersion":"SPDX-2.3"}`})
	}, func(ctx context.Context, w *app.Run) error {
		return build.SBOM(ctx, w, build.SBOMOptions{Out: "x.json"})
	},
		failure.OK, "in apps/x.json", "apps/x.json"},
	"infra:dump": {nil, func(ctx context.Context, w *app.Run) error {
		return infra.Dump(ctx, w, infra.DumpOptions{Output: "file"})
	},
		failure.Usage, "/apps/file is there already", ""},
	"infra:import": {nil, func(ctx context.Context, w *app.Run) error {
		return infra.Import(ctx, w, infra.ImportOptions{Input: "x"})
	},
		failure.Preflight, "/apps/x: no such file", ""},
	"deploy:forward": {func(_ *testing.T, r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("apps/x.env", "MINE=1\n")
	},
		func(ctx context.Context, w *app.Run) error {
			return remote.Forward(ctx, w, remote.ForwardOptions{Env: "local", Services: []string{"db"}, EnvFile: "x.env"})
		}, failure.Usage, "apps/x.env is there, and deploy:forward has not written it", ""},
	"infra:timeline": {func(t *testing.T, r *commandtest.Repository, _ *commandtest.Engine) {
		if err := (timeline.Timeline{Version: timeline.Version, Project: "demo"}).Write(filepath.Join(r.Dir, ".spellbook/demo/timeline.json")); err != nil {
			t.Fatal(err)
		}
	}, func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, false, "x.html") }, failure.OK, "wrote x.html", "apps/x.html"},
	"plugin:add": {nil, func(ctx context.Context, w *app.Run) error {
		return plugin.Add(ctx, w, plugin.AddOptions{Source: "./x"})
	},
		failure.Preflight, "apps/x", ""},
	"plugin:backup": {withBackups, func(ctx context.Context, w *app.Run) error { return plugin.Backup(ctx, w, "shelf", "there") },
		failure.Usage, "/apps/there is there already", ""},
	"plugin:restore": {withBackups, func(ctx context.Context, w *app.Run) error { return plugin.Restore(ctx, w, "shelf", "x", true) },
		failure.Preflight, "/apps/x is no backup", ""},
}

// withBackups enables a plugin that makes backups.
func withBackups(_ *testing.T, r *commandtest.Repository, _ *commandtest.Engine) {
	m := commandtest.SampleManifest()
	m.Capabilities = []string{"backup"}
	r.PlugFile(m, commandtest.SampleFragment)
	r.Env = append(r.Env, "PLUGINS=shelf")
	r.Write("apps/there/file", "x")
}

func TestARelativePathIsOfTheDirectoryThatTheUserCalledFrom(t *testing.T) {
	t.Parallel()
	for name, c := range pathTargets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := commandtest.NewEngineRepository(t)
			r.Write("apps/file", "x")
			if c.prepare != nil {
				c.prepare(t, r, e)
			}
			r.Env = append(r.Env, "SPELLBOOK_CALLER_DIR="+filepath.Join(r.Dir, "apps"))
			r.Run(c.do).Want(t, c.code, c.says)
			if c.writes != "" && !r.Exists(c.writes) {
				t.Errorf("%s is not written", c.writes)
			}
			r.Untouched()
		})
	}
}

// pathNames are what targets call a flag or an argument that is a path.
var pathNames = []string{"out", "html", "envfile", "directory", "source", "file", "path", "output", "input"}

func TestNoTargetThatTakesAPathIsForgotten(t *testing.T) {
	t.Parallel()
	taking := targetsWith(t, func(p *ast.Ident) bool { return slices.Contains(pathNames, p.Name) })
	if got := slices.Sorted(maps.Keys(pathTargets)); !slices.Equal(got, taking) {
		t.Errorf("pathTargets has\n%q, the targets are\n%q", got, taking)
	}
}
