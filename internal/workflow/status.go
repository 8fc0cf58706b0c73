package workflow

import (
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
)

// InfraStatus shows a row a service; it fails unless all are ready.
func (w *Workflow) InfraStatus(ctx context.Context, json bool) error {
	shown, name := false, ""
	err := w.with(ctx, sessionOptions{salvage: true, running: true}, func(ctx context.Context, s *session) error {
		name = s.project.Name
		state, err := s.observe(ctx)
		if err != nil {
			return err
		}
		s.nameImages(ctx, state)
		rows := infra.Status(s.project, state)
		s.consult(ctx, rows)
		infra.CompareImages(s.project, state, rows)
		makers := s.makersOf(ctx, state)
		others := makers.InTheWay(s.project, state)
		ready := infra.AllReady(rows) && len(others) == 0
		shown = true
		if json {
			err = report.Document(w.Out, report.Status{Version: 1, Project: s.project.Name, Environment: s.project.Env, Ready: ready,
				MadeFrom: makers.Dirs(others), Services: rows})
		} else {
			err = report.StatusTable(w.format(false).tables, rows)
		}
		if err != nil || ready {
			return err
		}
		if len(others) > 0 {
			f := s.foreign(makers.Origins(others))
			f.Code = failure.NotReady
			return f
		}
		return failure.New(failure.NotReady, "%s is not ready", s.project.Name).WithHint("mage %s", s.upTarget())
	})
	return w.mishap(json && !shown, err, func(text string, code int) any {
		return report.Status{Version: 1, Project: name, Error: text, ExitCode: code}
	})
}

// nameImages asks for the references of those containers whose tag has moved:
// the list has their images' IDs. Without an answer these are shown.
func (s *session) nameImages(ctx context.Context, state observe.State) {
	for _, have := range state.Containers {
		for i, c := range have {
			if strings.HasPrefix(c.Image, "sha256:") {
				have[i].Reference, _ = s.client.CreatedFrom(ctx, c.ID)
			}
		}
	}
}

// upTarget is what brings all of the stack up that is looked at.
func (s *session) upTarget() string {
	if s.project.BackendFile() != "" {
		return "dev:up"
	}
	return "infra:up"
}
