package infra

import (
	"context"
	"errors"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/logs"
	"github.com/infinitescribe/spellbook/internal/units"
)

// reorder is how long a live line is held back for one that is older.
const reorder = 50 * time.Millisecond

// follow prints the backlog, then live lines until ctx ends. Containers that
// start later, or again, are followed as well.
func (l *logsRun) follow(ctx context.Context) error {
	if err := l.backlog(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	lines := make(chan []logs.Line, 2)
	go l.followAll(ctx, lines, stop)
	behind := logs.Behind{OneClock: l.Client.Local()}
	err := logs.Window(ctx, lines, reorder, func(lines []logs.Line) error {
		err := l.printer(lines)
		if n, by, told := behind.Note(time.Now(), lines); told && err == nil {
			l.run.Tell("about %s behind (%s): they are written faster than they are read", units.Plural(n, "line"), by.Round(100*time.Millisecond))
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); docker.IsLost(err) {
		return err
	}
	return nil
}

// followAll has one follower a container, and wakes it when the container
// starts.
func (l *logsRun) followAll(ctx context.Context, lines chan<- []logs.Line, lost func(error)) {
	wakes := map[string]chan struct{}{}
	for c := range l.Starts(ctx, lost) {
		if !l.Wanted(c) {
			continue
		}
		if wake := wakes[c.ID]; wake != nil {
			select {
			case wake <- struct{}{}:
			default:
			}
			continue
		}
		wakes[c.ID] = make(chan struct{}, 1)
		f := &follower{l: l, c: c, lines: lines, wake: wakes[c.ID]}
		if f.seen = l.overlaps[c.ID]; f.seen == nil {
			f.seen = &logs.Overlap{}
		}
		go f.run(ctx)
	}
}

// follower reads one container's log, again each time it starts.
type follower struct {
	l     *logsRun
	c     docker.Container
	lines chan<- []logs.Line
	wake  <-chan struct{}
	seen  *logs.Overlap
}

func (f *follower) run(ctx context.Context) {
	for {
		f.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
	}
}

// catchUp is among how many last lines the engine looks for those that were not read
// yet: to find a moment in all of a large log takes it long.
const catchUp = 1 << 16

// errGap: lines may be missing between those that were read and the first that came.
var errGap = errors.New("not among the last lines")

// read follows the log until the container stops. Lines that an earlier
// reading had are left out.
func (f *follower) read(ctx context.Context) {
	o := docker.LogOptions{Follow: true, Tail: -1, Since: f.l.since}
	if since := f.seen.Since(); since.After(o.Since) {
		o.Since, o.Tail = since, catchUp
	}
	if err := f.readFrom(ctx, o); errors.Is(err, errGap) {
		o.Tail = -1
		_ = f.readFrom(ctx, o)
	}
}

func (f *follower) readFrom(ctx context.Context, o docker.LogOptions) error {
	again, last, first := f.seen.Again(), f.seen.Last(), o.Tail > 0
	source := f.l.named(f.c)
	return f.l.Client.LogBatches(ctx, f.c.ID, o, func(got []docker.LogLine) error {
		if first && got[0].Time.After(last) {
			return errGap
		}
		first = false
		lines := make([]logs.Line, 0, len(got))
		for _, one := range got {
			line := lineOf(source, one)
			if again(line) {
				continue
			}
			f.seen.See(line)
			if f.l.matches(line) {
				lines = append(lines, line)
			}
		}
		return sendLines(ctx, f.lines, lines)
	})
}
