package infra

import (
	"context"
	"fmt"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/logs"
)

// backlog prints what is stored, all containers merged by time.
func (l *logsRun) backlog(ctx context.Context) error {
	lists := make([][]logs.Line, len(l.Containers))
	group := pool.New().WithErrors().WithFirstError()
	for i, c := range l.Containers {
		overlap := &logs.Overlap{}
		l.overlaps[c.ID] = overlap
		group.Go(func() (err error) {
			lists[i], err = l.read(ctx, c, overlap)
			return err
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return l.printer.Print(logs.Merge(lists...))
}

// read is the stored log of one container; why it cannot be read is said. The error
// is that of an engine that does not answer.
func (l *logsRun) read(ctx context.Context, c docker.Container, overlap *logs.Overlap) ([]logs.Line, error) {
	last := logs.NewLast(l.tail)
	o := docker.LogOptions{Since: l.since, Tail: l.tail}
	switch {
	case l.tail == 0:
		o.Tail = 1 // for where to follow from
	case l.o.Grep != "":
		o.Tail = -1 // the last lines that match, not matches among the last lines
	}
	err := l.Client.Logs(ctx, c.ID, o, func(got docker.LogLine) error {
		line := logs.Line{Source: l.Name(c), Time: got.Time, Text: got.Text, Stderr: got.Stderr}
		overlap.See(line)
		if l.matches(line) {
			last.Add(line)
		}
		return nil
	})
	if docker.IsLost(err) {
		return nil, err
	}
	if err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintf(l.run.Err, "%s: %s\n", l.Name(c), docker.Named(err, c.ID, c.Name))
	}
	return last.Lines(), nil
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
