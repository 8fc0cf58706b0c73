package workflow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

func TestNothingIsLaunchedToListConfigureOrLook(t *testing.T) {
	r, _ := newPluggedRepository(t, "shelf")
	r.plugFile(shelfManifest(), shelfFragment)
	for _, c := range lookers {
		r.run(c.do).want(t, c.code, c.says)
	}
	r.run(func(ctx context.Context, w *Workflow) error { return w.InfraConfig(ctx, false) }).want(t, failure.OK, "shelf:1")
	r.run(func(ctx context.Context, w *Workflow) error { return w.InfraGraph(ctx, "mermaid") }).want(t, failure.OK, "shelf")
	r.run(func(ctx context.Context, w *Workflow) error { return w.PluginInfo(ctx, "shelf") }).want(t, failure.OK, "shelf 1.0.0")
	r.run(check(EnvCheckOptions{})).want(t, failure.OK)
	r.run(list).want(t, failure.OK, "local")
	r.untouched()
}

// All that is wrong with a plugin ends infra:up with one error, before the
// engine is asked anything, whether in CI or not.
func TestWhatIsWrongWithAPluginEndsUpBeforeAnythingIsTouched(t *testing.T) {
	later, wide := shelfManifest(), shelfManifest()
	later.APIMin, later.APIMax = 7, 9
	wide.Permissions = []pluginhost.Permission{{Key: "privileged", Reason: "It likes to"}}
	replaced := func(name, before, after string) func(*envRepository) {
		return func(r *envRepository) { r.write(name, strings.Replace(r.read(name), before, after, 1)) }
	}
	for _, c := range []struct {
		name     string
		manifest pluginhost.Manifest
		fragment string
		harm     func(*envRepository)
		says     string
	}{
		{"tampered binary", shelfManifest(), shelfFragment, func(r *envRepository) { r.write("bin/shelf", "#!/bin/sh\n") }, "is not the one in the lock"},
		{"missing binary", shelfManifest(), shelfFragment, func(r *envRepository) { _ = os.Remove(filepath.Join(r.dir, "bin/shelf")) }, "is missing"},
		{"tampered lock", shelfManifest(), shelfFragment, replaced("plugins/plugins.lock", "kind: binary", "kind: any"), "plugins/plugins.lock cannot be read"},
		{"another manifest", shelfManifest(), shelfFragment, replaced("plugins/plugins.lock", "version: 1.0.0", "version: 0.9.0"), "is no longer what the lock says\n  - version 0.9.0\n  + version 1.0.0"},
		{"a grant too much", shelfManifest(), shelfFragment, replaced("plugins/plugins.lock", "    api: \"1\"\n", "    api: \"1\"\n    permissions:\n      - privileged\n"), "which it does not ask for"},
		{"wrong API version", later, shelfFragment, nil, "speaks API 7 to 9, this Spellbook 1"},
		{"permission refused", wide, shelfFragment + "    privileged: true\n", nil, "-grant=privileged"},
		{"name clash", shelfManifest(), shelfFragment, replaced("compose/docker-compose.yml", "  api:\n", "  shelf:\n"), `both have the service "shelf"`},
	} {
		for _, ci := range []string{"CI=", "CI=true"} {
			t.Run(c.name+", "+ci, func(t *testing.T) {
				r, engine := newPluggedRepository(t, "shelf")
				r.env = append(r.env, ci)
				r.plugFile(c.manifest, c.fragment)
				if c.harm != nil {
					c.harm(r)
				}
				lock := r.read("plugins/plugins.lock")
				r.run(bringUp).want(t, failure.Preflight, c.says, "\n  → ")
				r.untouched()
				if engine.asked.Load() > 0 || r.read("plugins/plugins.lock") != lock {
					t.Errorf("the engine was asked %d times, the lock is\n%s", engine.asked.Load(), r.read("plugins/plugins.lock"))
				}
			})
		}
	}
}

func TestInCITheLockIsNotWritten(t *testing.T) {
	r, _ := newPluggedRepository(t, "")
	r.plugFile(shelfManifest(), shelfFragment)
	lock := r.read("plugins/plugins.lock")
	r.env = append(r.env, "CI=true")
	r.run(func(ctx context.Context, w *Workflow) error { return w.PluginRemove(ctx, "shelf") }).want(t, failure.Preflight, "may not be changed here")
	if r.read("plugins/plugins.lock") != lock {
		t.Error("the lock was changed")
	}
}
