package execute

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
)

// Interrupted is the error of a run that ended early, with what is running as far
// as this run has come to know it, and what to do.
func Interrupted(ctx context.Context, s *load.Session, cause app.Signalled, hint string) error {
	f := failure.New(cause.Code(), "%s", cause.Error()).WithHint("%s", hint)
	ctx, cancel := app.WithoutCancel(ctx, time.Second)
	defer cancel()
	state, err := s.Observe(ctx)
	if err != nil {
		return f
	}
	return f.WithDetails(infra.StillRunning(state)...)
}
