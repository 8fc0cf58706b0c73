package workflow

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/infra"
)

// InfraPull pulls the images of services, of all that are active where none is
// named.
func (w *Workflow) InfraPull(ctx context.Context, services []string, dry bool) error {
	var o sessionOptions
	if len(services) > 0 {
		o.profiles = []string{"*"}
	}
	return w.with(ctx, o, func(ctx context.Context, s *session) error {
		state, err := s.observe(ctx)
		if err != nil {
			return err
		}
		if err := s.choose(services, state); err != nil {
			return err
		}
		p, skipped, err := infra.PlanPull(s.project, services)
		if err != nil {
			return err
		}
		if len(skipped) > 0 {
			_, _ = fmt.Fprintf(w.Err, "built here, not pulled: %s\n", strings.Join(skipped, ", "))
		}
		if dry || p.Empty() {
			return printPlan(w, p)
		}
		return s.execute(ctx, p, "infra:pull")
	})
}
