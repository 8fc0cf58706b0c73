package test

import (
	"strings"
	"testing"
	"time"
)

func TestTheDocumentOfTheLastAttemptCounts(t *testing.T) {
	t.Parallel()
	const first, second = `{"version":1,"ok":false,"failures":[{"service":"db"}]}`, `{"version":1,"ok":true}`
	if got := last(strings.NewReader("")); got.OK || len(got.Failures) > 0 {
		t.Errorf("of none: %+v", got)
	}
	if got := last(strings.NewReader(first + "\n" + second + "\n")); !got.OK || len(got.Failures) > 0 {
		t.Errorf("of two: %+v", got)
	}
}

// One start may bring up two stacks after each other, each within the time-out.
func TestWhoWaitsForAStartIsMorePatientThanThatTakes(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{time.Minute, time.Hour} {
		if got := patience(timeout); got <= 2*timeout {
			t.Errorf("%s for a start of %s", got, timeout)
		}
	}
	if got := patience(0); got <= 10*time.Minute {
		t.Errorf("%s for a start of 5 minutes", got)
	}
}
