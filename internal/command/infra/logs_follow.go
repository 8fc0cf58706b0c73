package infra

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/logs"
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
	lines := make(chan logs.Line, 256)
	go l.followAll(ctx, lines, stop)
	if err := logs.Window(ctx, lines, reorder, l.printer.Print); err != nil {
		return err
	}
	if err := context.Cause(ctx); docker.IsLost(err) {
		return err
	}
	return nil
}

// followAll has one follower a container, and wakes it when the container
// starts.
func (l *logsRun) followAll(ctx context.Context, lines chan<- logs.Line, lost func(error)) {
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
	lines chan<- logs.Line
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

// read follows the log until the container stops. Lines that an earlier
// reading had are left out.
func (f *follower) read(ctx context.Context) {
	o := docker.LogOptions{Follow: true, Tail: -1, Since: f.l.since}
	if since := f.seen.Since(); since.After(o.Since) {
		o.Since = since
	}
	again := f.seen.Again()
	_ = f.l.Client.Logs(ctx, f.c.ID, o, func(got docker.LogLine) error {
		line := logs.Line{Source: f.l.Name(f.c), Time: got.Time, Text: got.Text, Stderr: got.Stderr}
		if again(line) {
			return nil
		}
		f.seen.See(line)
		if !f.l.matches(line) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case f.lines <- line:
			return nil
		}
	})
}
