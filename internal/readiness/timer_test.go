package readiness

import (
	"testing"
	"time"
)

func TestACheckIsRunOnlyWhereItIsThroughBeforeDockers(t *testing.T) {
	now := time.Now()
	in := func(seconds ...int) (due []time.Time) {
		for _, s := range seconds {
			due = append(due, now.Add(time.Duration(s)*time.Second))
		}
		return due
	}
	for name, c := range map[string]struct {
		timer Timer
		takes time.Duration
		free  bool
	}{
		"there is no timer":                   {Timer{None: true}, time.Hour, true},
		"it runs now":                         {Timer{Running: true, Due: in(9)}, 0, false},
		"there is time":                       {Timer{Due: in(3)}, 2 * time.Second, true},
		"there is not":                        {Timer{Due: in(3)}, 3 * time.Second, false},
		"it is late":                          {Timer{Due: in(-1, 9)}, 0, false},
		"it was not the first of the moments": {Timer{Due: in(-3, 9)}, time.Second, true},
		"it was not, and the next of them is too near":   {Timer{Due: in(-3, 1)}, time.Second, false},
		"it is later than any of the moments":            {Timer{Due: in(-30)}, 0, false},
		"nobody knows when":                              {Timer{}, 0, false},
		"it is due this moment, and what was is through": {Timer{Due: in(0)}, -time.Millisecond, true},
	} {
		if got := c.timer.Free(now, c.takes); got != c.free {
			t.Errorf("%s: free is %v", name, got)
		}
	}
}
