package logs

import "time"

// Behind tells how far live lines come after they were written, where the output is
// slower than they are.
type Behind struct {
	// OneClock: lines are stamped by this machine's clock. Else the least that they
	// were ever late counts as the difference of two clocks.
	OneClock bool

	least time.Duration // that lines were late
	from  Line          // the first since they were in time
	since time.Time     // when that was shown; zero while they are in time
	lines int           // shown since then
	told  time.Time
}

// How late lines are that are behind, how long they are before it is told, and how
// often it is.
const (
	late   = 2 * time.Second
	soon   = time.Second
	seldom = 10 * time.Second
)

// Note takes lines that are shown now, in order. told is true where it is to be told
// that so many are behind, by the pace at which they were written.
func (b *Behind) Note(now time.Time, lines []Line) (behind int, by time.Duration, told bool) {
	if len(lines) == 0 {
		return 0, 0, false
	}
	last := lines[len(lines)-1]
	by = now.Sub(last.Time)
	if !b.OneClock {
		if b.least == 0 || by < b.least {
			b.least = by
		}
		by -= b.least
	}
	if by < late {
		b.since = time.Time{}
		return 0, 0, false
	}
	if b.since.IsZero() {
		b.since, b.from, b.lines = now, lines[0], 0
	}
	b.lines += len(lines)
	written := last.Time.Sub(b.from.Time)
	if now.Sub(b.since) < soon || now.Sub(b.told) < seldom || written <= 0 {
		return 0, 0, false
	}
	b.told = now
	return int(float64(b.lines) * by.Seconds() / written.Seconds()), by, true
}
