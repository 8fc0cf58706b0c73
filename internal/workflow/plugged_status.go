package workflow

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/report"
)

// consultTime is how long a status waits for what plugins say.
const consultTime = 3 * time.Second

// consult asks the plugins of services that run what they find there, all at
// once. What a plugin cannot tell leaves the engine's word as it is.
func (s *session) consult(ctx context.Context, rows []report.Service) {
	ctx, cancel := context.WithTimeout(ctx, consultTime)
	defer cancel()
	work := pool.New()
	for i := range rows {
		row := &rows[i]
		p, ok := s.plugged.plugin(s.project.Check(row.Name).Plugin)
		if ok && (row.State == report.Ready || row.State == report.Starting) {
			work.Go(func() { s.consultOne(ctx, p, row) })
		}
	}
	work.Wait()
}

func (s *session) consultOne(ctx context.Context, p *pluginhost.Plugin, row *report.Service) {
	run, err := s.pluginRun(ctx, p, consultTime)
	if err != nil {
		row.Detail = "plugin " + p.Manifest.Name + " was not asked: " + err.Error()
		return
	}
	found, err := s.plugged.session().Probe(ctx, p, run, row.Name)
	switch {
	case err != nil:
		row.Detail = "plugin " + p.Manifest.Name + " did not answer"
	case found.Fatal:
		row.State, row.Detail = report.Failed, notReady(p, found).Error()
	case !found.Ready:
		row.State, row.Detail = report.Starting, found.Reason
	default:
		row.Detail = found.Detail
	}
}
