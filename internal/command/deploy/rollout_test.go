package deploy

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestOfAnInterruptedReleaseNothingIsSaidToRunOnceItIsRemoved(t *testing.T) {
	t.Parallel()
	for code, left := range map[failure.Code]int{failure.Interrupted: 0, failure.Terminated: 0, failure.HungUp: 0, failure.NotReady: 1} {
		if f := rolledBack(failure.New(code, "x").WithDetails("still running: api (starting)")); len(f.Details) != left {
			t.Errorf("code %d: details are %q", code, f.Details)
		}
	}
}
