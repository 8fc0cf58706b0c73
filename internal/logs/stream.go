package logs

import (
	"context"
	"slices"
	"time"
)

// together is how many lines of all sources Stream holds, about.
const together = 1 << 12

// Stream is Merge of logs that are read while they are merged: of each it holds so
// many lines that all are some thousand together, 128 at least, within which those of
// one source may be out of order. A source ends when its channel is closed.
func Stream(ctx context.Context, sources []<-chan []Line, out func([]Line) error) error {
	room := max(128, together/2/max(1, len(sources)))
	heads := make([]*head, 0, len(sources))
	for _, in := range sources {
		heads = append(heads, &head{in: in, room: room})
	}
	for {
		open := heads[:0]
		for _, h := range heads {
			if h.fill(ctx) {
				open = append(open, h)
			}
		}
		if heads = open; ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(heads) == 0 {
			return nil
		}
		if err := out(next(heads)); err != nil {
			return err
		}
	}
}

// next takes the lines of the source with the earliest that come before those of all
// others; of one moment, those of the source that comes first.
func next(heads []*head) []Line {
	first := 0
	for i, h := range heads {
		if h.ready[0].Time.Before(heads[first].ready[0].Time) {
			first = i
		}
	}
	h := heads[first]
	n := len(h.ready)
	for i, other := range heads {
		if i == first {
			continue
		}
		end := other.ready[0].Time
		n = min(n, untilAfter(h.ready, end, i > first))
	}
	lines := h.ready[:n]
	h.ready = h.ready[n:]
	return lines
}

// untilAfter is how many lines are before a moment, with also also those at it.
func untilAfter(lines []Line, end time.Time, also bool) int {
	n, _ := slices.BinarySearchFunc(lines, end, func(l Line, end time.Time) int {
		if l.Time.Before(end) || also && l.Time.Equal(end) {
			return -1
		}
		return 1
	})
	return n
}

// head is the beginning of a source.
type head struct {
	in    <-chan []Line
	room  int
	held  []Line // by arrival
	ready []Line // in order: nothing that comes is before them
	ended bool
}

// fill reads until there are lines in order; false is the end.
func (h *head) fill(ctx context.Context) bool {
	for len(h.ready) == 0 && !h.ended {
		select {
		case <-ctx.Done():
			return false
		case lines, open := <-h.in:
			h.held, h.ended = append(h.held, lines...), !open
		}
		n := len(h.held)
		if !h.ended {
			n -= h.room
		}
		if h.ended || n >= h.room {
			if !slices.IsSortedFunc(h.held, earlier) {
				slices.SortStableFunc(h.held, earlier)
			}
			h.ready, h.held = h.held[:n], slices.Clone(h.held[n:])
		}
	}
	return len(h.ready) > 0
}
