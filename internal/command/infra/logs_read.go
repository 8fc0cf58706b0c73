package infra

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/logs"
)

// backlog prints what is stored, all containers merged by time, while it is read.
func (l *logsRun) backlog(ctx context.Context) error {
	group := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	sources := make([]<-chan []logs.Line, len(l.Containers))
	for i, c := range l.Containers {
		var overlap *logs.Overlap
		if l.o.Follow {
			overlap = &logs.Overlap{}
			l.overlaps[c.ID] = overlap
		}
		lines := make(chan []logs.Line, 1)
		sources[i] = lines
		group.Go(func(ctx context.Context) error {
			defer close(lines)
			return l.read(ctx, c, overlap, lines)
		})
	}
	group.Go(func(ctx context.Context) error { return logs.Stream(ctx, sources, l.printer) })
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// read sends the stored log of one container; why it cannot be read is said. The error
// is that of an engine that does not answer.
func (l *logsRun) read(ctx context.Context, c docker.Container, overlap *logs.Overlap, to chan<- []logs.Line) error {
	o := docker.LogOptions{Since: l.since, Tail: l.tail}
	var last *logs.Last // of those that match, not matches among the last
	switch {
	case l.tail == 0:
		o.Tail = 1 // for where to follow from
	case l.o.Grep != "" && l.tail > 0:
		o.Tail, last = -1, logs.NewLast(l.tail)
	}
	source := l.Name(c)
	err := l.Client.LogBatches(ctx, c.ID, o, func(got []docker.LogLine) error {
		lines := make([]logs.Line, 0, len(got))
		for _, one := range got {
			line := lineOf(source, one)
			if overlap != nil {
				overlap.See(line)
			}
			switch {
			case l.tail == 0 || !l.matches(line):
			case last != nil:
				last.Add(line)
			default:
				lines = append(lines, line)
			}
		}
		return sendLines(ctx, to, lines)
	})
	if last != nil && err == nil {
		err = sendLines(ctx, to, last.Lines())
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if docker.IsLost(err) {
		return err
	}
	if err != nil {
		l.run.Tell("%s: %s", source, docker.Named(err, c.ID, c.Name))
	}
	return nil
}

func lineOf(source string, got docker.LogLine) logs.Line {
	return logs.Line{Source: source, Time: got.Time, Text: got.Text, Stderr: got.Stderr}
}

// sendLines hands lines on, if there are any.
func sendLines(ctx context.Context, to chan<- []logs.Line, lines []logs.Line) error {
	if len(lines) == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case to <- lines:
		return nil
	}
}

// ParseSince reads a duration before now, or a moment.
func ParseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, failure.New(failure.Usage, "-since: %q is neither a duration nor a moment", text).
		WithHint("-since=10m, -since=1h30m or -since=2026-01-31T15:04:05")
}
