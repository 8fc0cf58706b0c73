package docker

import (
	"bytes"
	"strings"
	"time"
)

// partial is the length at which the engine cuts a message in two, in bytes.
// Source: moby daemon/logger/copier.go defaultBufSize.
const partial = 16 << 10

// framedLog joins the messages of one stream, each of which is one Write:
// time stamp, blank, text. A message without a line end goes on in the next.
type framedLog struct {
	each   func(LogLine) error
	stderr bool
	open   bool // a line has begun
	line   LogLine
}

// Write is part of io.Writer.
func (f *framedLog) Write(message []byte) (int, error) {
	at, text := cutStamp(string(message))
	if !f.open {
		f.open, f.line = true, LogLine{Time: at, Stderr: f.stderr}
	}
	text, whole := strings.CutSuffix(text, "\n")
	f.line.Text += text
	if !whole {
		return len(message), nil
	}
	return len(message), f.flush()
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
	at, text := cutStamp(raw)
	var joined strings.Builder
	for len(text) > partial {
		joined.WriteString(text[:partial])
		_, text = cutStamp(text[partial:])
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

// cutStamp takes the time stamp off a message; where there is none, the
// message is all text and the time is zero.
func cutStamp(message string) (time.Time, string) {
	stamp, text, found := strings.Cut(message, " ")
	if !found {
		stamp, text = strings.TrimRight(message, "\r\n"), message[len(strings.TrimRight(message, "\r\n")):]
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}, message
	}
	return at, text
}
