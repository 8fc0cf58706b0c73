package docker

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/docker/stamp"
)

// LogLine is one line of a container's log, without its line end.
type LogLine struct {
	Time   time.Time
	Text   string
	Stderr bool
}

// LogOptions choose what of a log is read. Since is inclusive; its zero value
// is the beginning. Tail is how many lines at most, negative for all.
type LogOptions struct {
	Since  time.Time
	Tail   int
	Follow bool
}

// Logs hands each line of a container's log to each, in the order in which
// the engine stored them, until the log or ctx ends. With Follow that is when
// the container stops. An error of each ends it and is returned.
func (c *Client) Logs(ctx context.Context, name string, o LogOptions, each func(LogLine) error) error {
	return c.LogBatches(ctx, name, o, func(lines []LogLine) error {
		for _, line := range lines {
			if err := each(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// LogBatches is Logs with as many lines at once as have come, 512 at most. The slice
// is each's until it returns.
func (c *Client) LogBatches(ctx context.Context, name string, o LogOptions, each func([]LogLine) error) error {
	got, err := c.api.ContainerInspect(ctx, name, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	if file := c.logFile(got.Container, o); file != nil {
		defer func() { _ = file.Close() }()
		return readLogFile(ctx, file, o, each)
	}
	stream, err := c.api.ContainerLogs(ctx, name, logsOptions(o))
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	defer func() { _ = stream.Close() }()
	b := newLogBatch(stream, each)
	if o.Follow {
		b.rest = func() { pause(ctx, gather) }
	}
	if err = b.copy(got.Container.Config.Tty); ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func logsOptions(o LogOptions) client.ContainerLogsOptions {
	api := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: o.Follow}
	if !o.Since.IsZero() {
		api.Since = fmt.Sprintf("%d.%09d", o.Since.Unix(), o.Since.Nanosecond())
	}
	if o.Tail >= 0 {
		api.Tail = fmt.Sprint(o.Tail)
	}
	return api
}

// copy reads a stream with time stamps. Without a terminal it comes in
// frames, one a message, which say their stream; with one it is raw.
func (b *logBatch) copy(tty bool) error {
	if tty {
		lines := &rawLog{each: b.add}
		_, err := io.Copy(lines, b)
		return b.end(lines.end(err))
	}
	var clock stamp.Clock
	out, errs := &framedLog{each: b.add, clock: &clock}, &framedLog{each: b.add, clock: &clock, stderr: true}
	_, err := stdcopy.StdCopy(out, errs, b)
	return b.end(errs.end(out.end(err)))
}

// batchOf is how many lines are handed on at once.
const batchOf = 512

// logBatch is the stream that lines are read from: before it may have to wait for
// more, it hands on those that have come.
type logBatch struct {
	from  io.Reader
	each  func([]LogLine) error
	lines []LogLine
	rest  func() // after a Read of little, where it is read as fast as it is written; nil elsewhere
	last  int    // bytes of the last Read
}

func newLogBatch(from io.Reader, each func([]LogLine) error) *logBatch {
	return &logBatch{from: from, each: each, lines: make([]LogLine, 0, batchOf)}
}

// gather is how long a live stream that had little is left alone: its engine sends each
// line by itself, and to be woken for each costs more than all else.
const (
	gather = 5 * time.Millisecond
	little = 2 << 10 // bytes
)

// Read is part of io.Reader.
func (b *logBatch) Read(p []byte) (int, error) {
	if err := b.flush(); err != nil {
		return 0, err
	}
	if b.rest != nil && b.last > 0 && b.last < little {
		b.rest()
	}
	n, err := b.from.Read(p)
	b.last = n
	return n, err
}

func (b *logBatch) add(line LogLine) error {
	b.lines = append(b.lines, line)
	if len(b.lines) < batchOf {
		return nil
	}
	return b.flush()
}

func (b *logBatch) flush() error {
	if len(b.lines) == 0 {
		return nil
	}
	err := b.each(b.lines)
	b.lines = b.lines[:0]
	return err
}

// end hands on the rest; that of a stream which broke as well.
func (b *logBatch) end(err error) error { return cmp.Or(err, b.flush()) }
