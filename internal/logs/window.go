package logs

import (
	"context"
	"slices"
	"time"
)

// Window puts live lines in order: each is held back for delay, and those that
// arrive in the meantime with an earlier time go before it.
func Window(ctx context.Context, in <-chan Line, delay time.Duration, out func([]Line) error) error {
	w := window{delay: delay, out: out}
	for {
		select {
		case <-ctx.Done():
			return w.flush(len(w.held))
		case line, open := <-in:
			if !open {
				return w.flush(len(w.held))
			}
			w.held = append(w.held, held{line, time.Now().Add(delay)})
		case <-w.due():
			if err := w.flush(w.ripe(time.Now())); err != nil {
				return err
			}
		}
	}
}

type held struct {
	line Line
	due  time.Time
}

type window struct {
	delay time.Duration
	out   func([]Line) error
	held  []held // by arrival
}

// due fires when the line that arrived first has been held long enough.
func (w *window) due() <-chan time.Time {
	if len(w.held) == 0 {
		return nil
	}
	return time.After(time.Until(w.held[0].due))
}

// ripe is how many lines have been held long enough.
func (w *window) ripe(now time.Time) int {
	n := slices.IndexFunc(w.held, func(h held) bool { return h.due.After(now) })
	if n < 0 {
		return len(w.held)
	}
	return n
}

// flush hands on the first n lines, and the younger ones that are before the
// last of them in time.
func (w *window) flush(n int) error {
	if n == 0 {
		return nil
	}
	latest := slices.MaxFunc(w.held[:n], func(a, b held) int { return earlier(a.line, b.line) }).line.Time
	var lines []Line
	var rest []held
	for i, h := range w.held {
		if i < n || h.line.Time.Before(latest) {
			lines = append(lines, h.line)
		} else {
			rest = append(rest, h)
		}
	}
	w.held = rest
	slices.SortStableFunc(lines, sortBySource)
	return w.out(lines)
}
