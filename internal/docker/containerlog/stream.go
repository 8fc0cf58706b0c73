// Package containerlog reads the log of a container: as its engine sends it, and the file
// in which an engine keeps it.
package containerlog

import (
	"bytes"
	"context"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"

	"github.com/infinitescribe/spellbook/internal/docker/stamp"
)

// Line is one line of a container's log, without its line end.
type Line struct {
	Time   time.Time
	Text   string
	Stderr bool
}

// Options choose what of a log is read. Since is inclusive; its zero value
// is the beginning. Tail is how many lines at most, negative for all.
type Options struct {
	Since  time.Time
	Tail   int
	Follow bool
}

// Stream hands on the lines of a stream with time stamps, as the engine sends it, until
// it or ctx ends; tty is whether the container has a terminal. An error of each ends it.
func Stream(ctx context.Context, stream io.Reader, tty bool, o Options, each func([]Line) error) error {
	b := newBatch(stream, each)
	if o.Follow {
		b.rest = func() { pause(ctx, gather) }
	}
	if err := b.copy(tty); ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// copy reads a stream with time stamps. Without a terminal it comes in
// frames, one a message, which say their stream; with one it is raw.
func (b *batch) copy(tty bool) error {
	if tty {
		lines := &raw{each: b.add}
		_, err := io.Copy(lines, b)
		return b.end(lines.end(err))
	}
	var clock stamp.Clock
	out, errs := &framed{each: b.add, clock: &clock}, &framed{each: b.add, clock: &clock, stderr: true}
	_, err := stdcopy.StdCopy(out, errs, b)
	return b.end(errs.end(out.end(err)))
}

// partial is the length at which the engine cuts a message in two, in bytes.
// Source: moby daemon/logger/copier.go defaultBufSize.
const partial = 16 << 10

// framed joins the messages of one stream, each of which is one Write:
// time stamp, blank, text. A message without a line end goes on in the next.
type framed struct {
	each   func(Line) error
	clock  *stamp.Clock
	stderr bool
	open   bool // a line has begun
	line   Line
}

// Write is part of io.Writer.
func (f *framed) Write(message []byte) (int, error) {
	return len(message), f.add(f.clock.Cut(string(message)))
}

// add takes one message.
func (f *framed) add(at time.Time, text string) error {
	if !f.open {
		f.open, f.line = true, Line{Time: at, Stderr: f.stderr}
	}
	text, whole := strings.CutSuffix(text, "\n")
	f.line.Text += text
	if !whole {
		return nil
	}
	return f.flush()
}

func (f *framed) flush() error {
	line := f.line
	line.Text = strings.TrimRight(line.Text, "\r")
	f.open, f.line = false, Line{}
	return f.each(line)
}

// end hands on a last line without a line end, unless there is an error.
func (f *framed) end(err error) error {
	if err != nil || !f.open {
		return err
	}
	return f.flush()
}

// raw cuts the stream of a container with a terminal, which has no frames:
// a line may be any number of Writes, and one Write any number of lines.
type raw struct {
	each func(Line) error
	rest []byte
}

// Write is part of io.Writer.
func (r *raw) Write(b []byte) (int, error) {
	r.rest = append(r.rest, b...)
	for {
		line, rest, found := bytes.Cut(r.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		r.rest = rest
		if err := r.line(string(line)); err != nil {
			return len(b), err
		}
	}
}

// line drops the time stamps that stand where the engine cut a long line.
func (r *raw) line(raw string) error {
	at, text := stamp.Cut(raw)
	var joined strings.Builder
	for len(text) > partial {
		joined.WriteString(text[:partial])
		_, text = stamp.Cut(text[partial:])
	}
	joined.WriteString(text)
	return r.each(Line{Time: at, Text: strings.TrimRight(joined.String(), "\r")})
}

func (r *raw) end(err error) error {
	if err != nil || len(r.rest) == 0 {
		return err
	}
	return r.line(string(r.rest))
}
