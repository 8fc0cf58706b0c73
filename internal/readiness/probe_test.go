package readiness

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
)

func TestAnAttemptIsRepeatedUntilItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var notes []string
		tries, began := 0, time.Now()
		err := AwaitAttempt(t.Context(), func(context.Context) (bool, string, error) {
			tries++
			return tries == 30, map[bool]string{true: "no leader", false: "no broker"}[tries > 10], nil
		}, func(n engine.Note) { notes = append(notes, n.Text) })
		if err != nil || tries != 30 {
			t.Errorf("%d tries, error %v", tries, err)
		}
		if !slices.Equal(notes, []string{"no broker", "no leader"}) {
			t.Errorf("notes are %q", notes)
		}
		if took := time.Since(began); took < 5*time.Second || took > 30*time.Second {
			t.Errorf("29 pauses took %s", took)
		}
	})
}

func TestAnAttemptEndsWithItsErrorOrWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("wrong password")
		if err := AwaitAttempt(t.Context(), func(context.Context) (bool, string, error) { return false, "", broken }, nil); !errors.Is(err, broken) {
			t.Errorf("error is %v", err)
		}
		why := errors.New("time is up")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, why)
		defer cancel()
		if err := AwaitAttempt(ctx, func(context.Context) (bool, string, error) { return false, "", nil }, func(engine.Note) {}); !errors.Is(err, why) {
			t.Errorf("error is %v", err)
		}
	})
}
