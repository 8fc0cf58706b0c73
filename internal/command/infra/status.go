package infra

import (
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Status shows a row a service; it fails unless all are ready.
func Status(ctx context.Context, w *app.Run, json bool) error {
	shown, name := false, ""
	err := load.With(ctx, w, load.Options{Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		name = s.Project.Name
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
		shown = true
		if json {
			err = report.Document(w.Out, report.Status{Version: 1, Project: s.Project.Name, Environment: s.Project.Env, Ready: ready,
				MadeFrom: makers.Dirs(others), Services: rows})
		} else {
			err = report.StatusTable(w.Format(false).Tables, rows)
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
	})
	return w.WriteErrorDocument(json && !shown, err, func(text string, code int) any {
		return report.Status{Version: 1, Project: name, Error: text, ExitCode: code}
	})
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
