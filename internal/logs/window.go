package logs

import (
	"context"
	"slices"
	"time"
)

// most is how many lines a Window holds: with more, it hands on the older half before
// their time.
const most = 1 << 13

// Window puts live lines in order: each is held back for delay, and those that
// arrive in the meantime with an earlier time go before it. It holds no more than
// most lines: who sends waits for an out that is slow, and that may not keep its lines.
func Window(ctx context.Context, in <-chan []Line, delay time.Duration, out func([]Line) error) error {
	w := window{delay: delay, out: out, timer: time.NewTimer(time.Hour)}
	defer w.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return w.flush(len(w.held))
		case lines, open := <-in:
			if !open {
				return w.flush(len(w.held))
			}
			if err := w.add(lines); err != nil {
				return err
			}
		case <-w.timer.C:
			if err := w.flush(w.ripe(time.Now())); err != nil {
				return err
			}
			w.rearm()
		}
	}
}

// arrival is when lines arrived: those up to index end.
type arrival struct {
	end int
	due time.Time
}

type window struct {
	delay    time.Duration
	out      func([]Line) error
	timer    *time.Timer
	held     []Line // by arrival
	ready    []Line // that out has; the next flush writes over them
	arrivals []arrival
}

func (w *window) add(lines []Line) error {
	w.held = append(w.held, lines...)
	w.arrivals = append(w.arrivals, arrival{len(w.held), time.Now().Add(w.delay)})
	if len(w.arrivals) == 1 {
		w.rearm()
	}
	if len(w.held) <= most {
		return nil
	}
	return w.flush(most / 2)
}

// rearm sets the timer for the lines that arrived first.
func (w *window) rearm() {
	if len(w.arrivals) > 0 {
		w.timer.Reset(time.Until(w.arrivals[0].due))
	}
}

// ripe is how many lines have been held long enough.
func (w *window) ripe(now time.Time) int {
	n := 0
	for _, a := range w.arrivals {
		if a.due.After(now) {
			break
		}
		n = a.end
	}
	return n
}

// flush hands on the first n lines, and the younger ones that are before the
// last of them in time.
func (w *window) flush(n int) error {
	if n == 0 {
		return nil
	}
	latest := slices.MaxFunc(w.held[:n], earlier).Time
	w.ready = append(w.ready[:0], w.held[:n]...)
	all, rest, ends := w.held, w.held[:0], w.arrivals[:0]
	at := n
	for _, a := range w.arrivals {
		for ; at < a.end; at++ {
			if line := all[at]; line.Time.Before(latest) {
				w.ready = append(w.ready, line)
			} else {
				rest = append(rest, line)
			}
		}
		if a.end > n && len(rest) > 0 {
			ends = append(ends, arrival{len(rest), a.due})
		}
	}
	clear(all[len(rest):]) // their texts are to go
	w.held, w.arrivals = rest, ends
	if !slices.IsSortedFunc(w.ready, sortBySource) {
		slices.SortStableFunc(w.ready, sortBySource)
	}
	return w.out(w.ready)
}
