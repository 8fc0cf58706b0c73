package infra

import (
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/observe"
)

func TestALoopSaysHowOftenWithinHowLongAndWhatWasLast(t *testing.T) {
	t.Parallel()
	nine := 9
	for want, c := range map[string]observe.Container{
		"restarting (4 times in 20 s, last exit 9)": {Restarts: 4, Within: 20*time.Second + 90*time.Millisecond, LastExit: &nine},
		"restarting (12 times in 3 min)":            {Restarts: 12, Within: 200 * time.Second},
		"restarting (once, last exit 9)":            {Restarts: 1, LastExit: &nine},
	} {
		if got := restarting(c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
