package docker

import (
	"bytes"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker/stamp"
)

// partial is the length at which the engine cuts a message in two, in bytes.
// Source: moby daemon/logger/copier.go defaultBufSize.
const partial = 16 << 10

// framedLog joins the messages of one stream, each of which is one Write:
// time stamp, blank, text. A message without a line end goes on in the next.
type framedLog struct {
	each   func(LogLine) error
	clock  *stamp.Clock
	stderr bool
	open   bool // a line has begun
	line   LogLine
}

// Write is part of io.Writer.
func (f *framedLog) Write(message []byte) (int, error) {
	return len(message), f.add(f.clock.Cut(string(message)))
}

// add takes one message.
func (f *framedLog) add(at time.Time, text string) error {
	if !f.open {
		f.open, f.line = true, LogLine{Time: at, Stderr: f.stderr}
	}
	text, whole := strings.CutSuffix(text, "\n")
	f.line.Text += text
	if !whole {
		return nil
	}
	return f.flush()
}

func (f *framedLog) flush() error {
	line := f.line
	line.Text = strings.TrimRight(line.Text, "\r")
	f.open, f.line = false, LogLine{}
	return f.each(line)
}

// end hands on a last line without a line end, unless there is an error.
func (f *framedLog) end(err error) error {
	if err != nil || !f.open {
		return err
	}
	return f.flush()
}

// rawLog cuts the stream of a container with a terminal, which has no frames:
// a line may be any number of Writes, and one Write any number of lines.
type rawLog struct {
	each func(LogLine) error
	rest []byte
}

// Write is part of io.Writer.
func (r *rawLog) Write(b []byte) (int, error) {
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
func (r *rawLog) line(raw string) error {
	at, text := stamp.Cut(raw)
	var joined strings.Builder
	for len(text) > partial {
		joined.WriteString(text[:partial])
		_, text = stamp.Cut(text[partial:])
	}
	joined.WriteString(text)
	return r.each(LogLine{Time: at, Text: strings.TrimRight(joined.String(), "\r")})
}

func (r *rawLog) end(err error) error {
	if err != nil || len(r.rest) == 0 {
		return err
	}
	return r.line(string(r.rest))
}
