package docker

import (
	"testing"
	"time"
)

func TestTheEngineIsNotWaitedForWhereItHasToldOfAnEnd(t *testing.T) {
	end := time.Unix(1000, 0)
	for now, want := range map[time.Duration]time.Duration{
		-time.Hour: 200 * time.Millisecond, 0: 200 * time.Millisecond, 199 * time.Millisecond: 200 * time.Millisecond,
		300 * time.Millisecond: 300 * time.Millisecond, 999 * time.Millisecond: 999 * time.Millisecond,
		time.Second: time.Second, time.Hour: time.Second,
	} {
		if got := tellsBy(end, end.Add(now)).Sub(end); got != want {
			t.Errorf("%s after the end, by this clock, the engine is asked until %s after it, want %s", now, got, want)
		}
	}
}
