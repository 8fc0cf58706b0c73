package infra

import (
	"context"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Status shows a row a service; it fails unless all are ready.
func Status(ctx context.Context, w *app.Run, json bool) error {
	name := ""
	failed := func(text string, code int) any {
		return report.Status{Version: 1, Project: name, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.With(ctx, w, load.Options{Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
			name = s.Project.Name
			return showStatus(ctx, s, json)
		})
	})
}

func showStatus(ctx context.Context, s *load.Session, json bool) error {
	state, err := s.Observe(ctx)
	if err != nil {
		return err
	}
	nameImages(ctx, s, state)
	rows := infra.Status(s.Project, state)
	probePlugins(ctx, s, rows)
	infra.CompareImages(s.Project, state, rows)
	makers := s.MakersOf(ctx, state)
	others := makers.InTheWay(s.Project, state)
	ready := infra.AllReady(rows) && len(others) == 0
	if json {
		addInstances(ctx, s, state, rows)
		err = report.Document(s.Run.Out, report.Status{Version: 1, Project: s.Project.Name, Environment: s.Project.Env, Ready: ready,
			MadeFrom: makers.Dirs(others), Services: rows})
	} else {
		err = report.StatusTable(s.Run.Format(false).Tables, rows)
	}
	if err != nil || ready {
		return err
	}
	if len(others) > 0 {
		f := load.ForeignStack(s, makers.Origins(others))
		f.Code = failure.NotReady
		return f
	}
	return failure.New(failure.NotReady, "%s is not ready", s.Project.Name).WithHint("mage %s", load.UpTarget(s))
}

// nameImages asks for the references of those containers whose tag has moved:
// the list has their images' IDs. Without an answer these are shown.
func nameImages(ctx context.Context, s *load.Session, state observe.State) {
	for _, have := range state.Containers {
		for i, c := range have {
			if strings.HasPrefix(c.Image, "sha256:") {
				have[i].Reference, _ = s.Client.CreatedFrom(ctx, c.ID)
			}
		}
	}
}

// pluginProbeTimeout is how long a status waits for what plugins say.
const pluginProbeTimeout = 3 * time.Second

// probePlugins asks the plugins of services that run what they find there, all at
// once. A service is not ready before its plugin has said so.
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
		row.State, row.Detail = status.Starting, "plugin "+p.Manifest.Name+" did not answer"
	case found.Fatal:
		row.State, row.Detail = status.Failed, execute.PluginNotReady(p, found).Error()
	case !found.Ready:
		row.State, row.Detail = status.Starting, found.Reason
	default:
		row.Detail = found.Detail
	}
}
