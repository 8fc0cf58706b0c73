package infra

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/status"

	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/sourcegraph/conc/pool"
)

// pluginProbeTimeout is how long a status waits for what plugins say.
const pluginProbeTimeout = 3 * time.Second

// probePlugins asks the plugins of services that run what they find there, all at
// once. What a plugin cannot tell leaves the engine's word as it is.
func probePlugins(ctx context.Context, s *load.Session, rows []status.Service) {
	ctx, cancel := context.WithTimeout(ctx, pluginProbeTimeout)
	defer cancel()
	work := pool.New()
	for i := range rows {
		row := &rows[i]
		p, ok := s.Plugins.Plugin(s.Project.Check(row.Name).Plugin)
		if ok && (row.State == status.Ready || row.State == status.Starting) {
			work.Go(func() { probePlugin(ctx, s, p, row) })
		}
	}
	work.Wait()
}

func probePlugin(ctx context.Context, s *load.Session, p *pluginhost.Plugin, row *status.Service) {
	run, err := execute.PluginRun(ctx, s, p, pluginProbeTimeout)
	if err != nil {
		row.Detail = "plugin " + p.Manifest.Name + " was not asked: " + err.Error()
		return
	}
	found, err := s.Plugins.Session().Probe(ctx, p, run, row.Name)
	switch {
	case err != nil:
		row.Detail = "plugin " + p.Manifest.Name + " did not answer"
	case found.Fatal:
		row.State, row.Detail = status.Failed, execute.PluginNotReady(p, found).Error()
	case !found.Ready:
		row.State, row.Detail = status.Starting, found.Reason
	default:
		row.Detail = found.Detail
	}
}
