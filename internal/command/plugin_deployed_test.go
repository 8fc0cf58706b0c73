package command

import (
	"context"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// What a plugin does to the services of a release is as much a change of it as
// what infra:exec does.
func TestAPluginLeavesADeploymentAlone(t *testing.T) {
	for name, do := range map[string]commandtest.Target{
		"shelf:fill": func(ctx context.Context, w *app.Run) error {
			return plugin.Invoke(ctx, w, plugin.Call{Plugin: "shelf", Command: "fill"})
		},
		"plugin:restore": func(ctx context.Context, w *app.Run) error { return plugin.Restore(ctx, w, "shelf", "backup", true) },
		"plugin:test": func(ctx context.Context, w *app.Run) error {
			return plugin.Test(ctx, w, plugin.TestOptions{Name: "shelf", Live: true, Yes: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, e := commandtest.NewEngineRepository(t)
			r.Tools()
			m := commandtest.SampleManifest()
			m.Capabilities, m.Commands = []string{"backup", "commands"}, []manifest.Command{{Name: "fill"}}
			r.PlugFile(m, commandtest.SampleFragment)
			r.Env = append(r.Env, "PLUGINS=shelf")
			r.Write("env/.env.local", "A=1\n")
			r.Write("compose/docker-compose.yml", "name: demo\nservices:\n  db: {image: \"postgres:16\"}\n")
			r.Write("backup/spellbook-backup.json", `{"version":1,"plugin":"shelf","files":[]}`)
			c := r.Container("db", "postgres:16")
			c.Labels[deploy.LabelProject] = "demo"
			e.Containers = append(e.Containers, c)
			r.Run(do).Want(t, failure.Refused, "demo was deployed to this engine, and "+name+" leaves a deployment alone", "mage deploy:shell local shelf")
			if done := e.Done(); done != "" {
				t.Errorf("it has done\n%s", done)
			}
		})
	}
}
