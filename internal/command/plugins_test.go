package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

func TestNothingIsLaunchedToListConfigureOrLook(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "shelf")
	r.PlugFile(commandtest.SampleManifest(), commandtest.SampleFragment)
	for _, c := range lookers {
		r.Run(c.do).Want(t, c.code, c.says)
	}
	r.Run(func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) }).Want(t, failure.OK, "shelf:1")
	r.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Graph(ctx, w, infra.GraphOptions{Format: "mermaid"})
	}).Want(t, failure.OK, "shelf")
	r.Run(func(ctx context.Context, w *app.Run) error { return plugin.Info(ctx, w, "shelf", false) }).Want(t, failure.OK, "shelf 1.0.0")
	r.Run(checkCall(env.CheckOptions{})).Want(t, failure.OK)
	r.Run(func(ctx context.Context, w *app.Run) error { return env.List(ctx, w, false) }).Want(t, failure.OK, "local")
	r.Untouched()
}

// All that is wrong with a plugin ends infra:up with one error, before the
// engine is asked anything, whether in CI or not.
func TestWhatIsWrongWithAPluginEndsUpBeforeAnythingIsTouched(t *testing.T) {
	later, wide := commandtest.SampleManifest(), commandtest.SampleManifest()
	later.APIMin, later.APIMax = 7, 9
	wide.Permissions = []manifest.Permission{{Key: "privileged", Reason: "It likes to"}}
	replaced := func(name, before, after string) func(*commandtest.Repository) {
		return func(r *commandtest.Repository) { r.Write(name, strings.Replace(r.Read(name), before, after, 1)) }
	}
	for _, c := range []struct {
		name     string
		manifest manifest.Manifest
		fragment string
		harm     func(*commandtest.Repository)
		says     string
	}{
		{"tampered binary", commandtest.SampleManifest(), commandtest.SampleFragment, func(r *commandtest.Repository) { r.Write("bin/shelf", "#!/bin/sh\n") }, "is not the one in the lock"},
		{"missing binary", commandtest.SampleManifest(), commandtest.SampleFragment, func(r *commandtest.Repository) { _ = os.Remove(filepath.Join(r.Dir, "bin/shelf")) }, "is missing"},
		{"tampered lock", commandtest.SampleManifest(), commandtest.SampleFragment, replaced("plugins/plugins.lock", "kind: binary", "kind: any"), "plugins/plugins.lock cannot be read"},
		{"another manifest", commandtest.SampleManifest(), commandtest.SampleFragment, replaced("plugins/plugins.lock", "version: 1.0.0", "version: 0.9.0"), "is no longer what the lock says\n  - version 0.9.0\n  + version 1.0.0"},
		{"a grant too much", commandtest.SampleManifest(), commandtest.SampleFragment, replaced("plugins/plugins.lock", "    api: \"1\"\n", "    api: \"1\"\n    permissions:\n      - privileged\n"), "which it does not ask for"},
		{"wrong API version", later, commandtest.SampleFragment, nil, "speaks API 7 to 9, this Spellbook 1"},
		{"permission refused", wide, commandtest.SampleFragment + "    privileged: true\n", nil, "-grant=privileged"},
		{"name clash", commandtest.SampleManifest(), commandtest.SampleFragment, replaced("compose/docker-compose.yml", "  api:\n", "  shelf:\n"), `both have the service "shelf"`},
	} {
		for _, ci := range []string{"CI=", "CI=true"} {
			t.Run(c.name+", "+ci, func(t *testing.T) {
				r, engine := commandtest.NewPluginRepository(t, "shelf")
				r.Env = append(r.Env, ci)
				r.PlugFile(c.manifest, c.fragment)
				if c.harm != nil {
					c.harm(r)
				}
				lock := r.Read("plugins/plugins.lock")
				r.Run(bringUp).Want(t, failure.Preflight, c.says, "\n  → ")
				r.Untouched()
				if engine.Asked.Load() > 0 || r.Read("plugins/plugins.lock") != lock {
					t.Errorf("the engine was asked %d times, the lock is\n%s", engine.Asked.Load(), r.Read("plugins/plugins.lock"))
				}
			})
		}
	}
}

func TestInCITheLockIsNotWritten(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "")
	r.PlugFile(commandtest.SampleManifest(), commandtest.SampleFragment)
	lock := r.Read("plugins/plugins.lock")
	r.Env = append(r.Env, "CI=true")
	r.Run(func(ctx context.Context, w *app.Run) error { return plugin.Remove(ctx, w, "shelf") }).Want(t, failure.Preflight, "may not be changed here")
	if r.Read("plugins/plugins.lock") != lock {
		t.Error("the lock was changed")
	}
}
