package infra

import (
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
)

// Pull pulls the images of services, of all that are active where none is
// named.
func Pull(ctx context.Context, w *app.Run, services []string, dry bool) error {
	var o load.Options
	if len(services) > 0 {
		o.Profiles = []string{"*"}
	}
	return load.With(ctx, w, o, func(ctx context.Context, s *load.Session) error {
		state, err := s.Observe(ctx)
		if err != nil {
			return err
		}
		if err := s.Choose(services, state); err != nil {
			return err
		}
		if err := s.NotDeployed(ctx, "infra:pull"); err != nil {
			return err
		}
		if err := s.Project.CheckImages(); err != nil {
			return err
		}
		s.WarnOfModel()
		p, skipped, err := infra.PlanPull(s.Project, services)
		if err != nil {
			return err
		}
		if len(skipped) > 0 {
			w.Tell("built here, not pulled: %s", strings.Join(skipped, ", "))
		}
		if dry || p.Empty() {
			return execute.PrintPlan(w, p)
		}
		r := &execute.Runner{Session: s, Call: withServices("infra:pull", services)}
		return execute.WalkWith(ctx, s, r, p, "infra:pull")
	})
}
