package workflow

import (
	"context"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
)

// validate asks the plugins whose values are not those of the last run that
// went well what they find wrong with them, all at once.
func (u *up) validate(ctx context.Context) error {
	asked := pool.New().WithErrors().WithFirstError()
	for _, f := range u.project.Fragments() {
		p, ok := u.plugged.plugin(f.Plugin)
		if ok && u.changed(f) {
			asked.Go(func() error { return u.validateOne(ctx, p) })
		}
	}
	return asked.Wait()
}

func (u *up) changed(f project.Fragment) bool {
	digest, enabled := u.digests.Plugins[f.Plugin]
	return enabled && u.state.Last.Digests.Plugins[f.Plugin] != digest
}

func (u *up) validateOne(ctx context.Context, p *pluginhost.Plugin) error {
	config, _ := valuesOf(p, u.plugged.file, u.plugged.shell)
	found, err := u.plugged.session().Validate(ctx, p, config)
	if err != nil {
		return err
	}
	for _, d := range found {
		if d.Warning {
			u.w.pluginLine(pluginhost.Line{Plugin: p.Manifest.Name, Level: "warn", Message: d.Summary})
		}
	}
	return faults(p.Manifest.Name, found)
}
