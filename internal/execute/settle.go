package execute

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Settle plans, asks on a terminal for what others have made, and says what is
// kept of it.
func Settle(ctx context.Context, s *load.Session, r *load.Removal, dry bool, look func() (plan.Plan, error)) (plan.Plan, error) {
	p, err := look()
	if err != nil {
		return p, err
	}
	again, err := s.AskRemoval(ctx, r, dry)
	if err == nil && again {
		p, err = look()
	}
	if err != nil {
		return p, err
	}
	return p, s.ReportOthers(r, p.Empty())
}
