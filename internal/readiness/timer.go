package readiness

import "time"

// Timer is what Docker's own timer does with the health check of a container.
type Timer struct {
	None    bool // there is no check, so there is no timer
	Running bool // it runs the check now
	// Due are the moments when it may run it next, the earliest first; none where
	// that is not known.
	Due          []time.Time
	Begun, Ended int  // runs of it that were seen to begin and to end
	Failed       bool // the last that was seen to end
}

// overdue is how late a run of Docker's may begin until it is believed that it comes at
// another of the moments when it may.
const overdue = 2 * time.Second

// Free reports whether a check that takes this long would be through before Docker
// runs it. Where Docker's next is not known, or is late, it is not.
func (t Timer) Free(now time.Time, takes time.Duration) bool {
	if t.None {
		return true
	}
	if t.Running {
		return false
	}
	for _, due := range t.Due {
		if now.Before(due.Add(overdue)) {
			return now.Add(takes).Before(due)
		}
	}
	return false
}
