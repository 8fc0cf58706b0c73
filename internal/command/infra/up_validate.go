package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/sourcegraph/conc/pool"
)

// validate asks the plugins whose values are not those of the last run that
// went well what they find wrong with them, all at once.
func (u *UpRun) validate(ctx context.Context) error {
	asked := pool.New().WithErrors().WithFirstError()
	for _, f := range u.Project.Fragments() {
		p, ok := u.Plugins.Plugin(f.Plugin)
		if ok && u.changed(f) {
			asked.Go(func() error { return u.validateOne(ctx, p) })
		}
	}
	return asked.Wait()
}

func (u *UpRun) changed(f project.Fragment) bool {
	digest, enabled := u.digests.Plugins[f.Plugin]
	return enabled && u.state.Last.Digests.Plugins[f.Plugin] != digest
}

func (u *UpRun) validateOne(ctx context.Context, p *pluginhost.Plugin) error {
	config, _ := load.PluginValues(p, u.Plugins.File, u.Plugins.Shell)
	found, err := u.Plugins.Session().Validate(ctx, p, config)
	if err != nil {
		return err
	}
	for _, d := range found {
		if d.Warning {
			load.PluginLine(u.Run, pluginhost.Line{Plugin: p.Manifest.Name, Level: "warn", Message: d.Summary})
		}
	}
	return load.Diagnostics(p.Manifest.Name, found)
}
