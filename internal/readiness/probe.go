package readiness

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
)

// Attempt is one look at whether something is ready, and why it is not. An
// error says that waiting will not help.
type Attempt func(ctx context.Context) (ready bool, why string, err error)

// AwaitAttempt looks until ready, in the rhythm of AwaitReady, and notes why
// not whenever that changes.
func AwaitAttempt(ctx context.Context, look Attempt, note func(engine.Note)) error {
	wait, last := DefaultPace.First, ""
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		ready, why, err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case ready || err != nil:
			return err
		case why != last:
			note(engine.Note{Text: why})
			last = why
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
		wait = min(wait*9/8, DefaultPace.Max)
	}
}
