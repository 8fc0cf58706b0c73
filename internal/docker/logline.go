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
	clock  *stampClock
	stderr bool
	open   bool // a line has begun
	line   LogLine
}

// Write is part of io.Writer.
func (f *framedLog) Write(message []byte) (int, error) {
	return len(message), f.add(f.clock.cut(string(message)))
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

// stampClock reads the stamps of a log, of which many in a row are of one second.
type stampClock struct {
	second string // up to the seconds, as of the last stamp
	unix   int64
}

// cut is cutStamp, and quick where the stamp is in UTC.
func (c *stampClock) cut(message string) (time.Time, string) {
	end := strings.IndexByte(message, ' ')
	if end < 0 {
		return cutStamp(message)
	}
	at, ok := c.parse(message[:end])
	if !ok {
		return cutStamp(message)
	}
	return at, message[end+1:]
}

// parse reads a stamp in UTC; false for any other text.
func (c *stampClock) parse(stamp string) (time.Time, bool) {
	const seconds = len("2006-01-02T15:04:05")
	if len(stamp) <= seconds || stamp[len(stamp)-1] != 'Z' {
		return time.Time{}, false
	}
	nanos, scale := int64(0), int64(1_000_000_000)
	for i, digit := range []byte(stamp[seconds : len(stamp)-1]) {
		switch {
		case i == 0 && digit == '.' && len(stamp) > seconds+2:
		case i > 0 && i < 10 && digit >= '0' && digit <= '9':
			scale /= 10
			nanos += int64(digit-'0') * scale
		default:
			return time.Time{}, false
		}
	}
	if stamp[:seconds] != c.second {
		at, err := time.Parse("2006-01-02T15:04:05", stamp[:seconds])
		if err != nil {
			return time.Time{}, false
		}
		c.second, c.unix = strings.Clone(stamp[:seconds]), at.Unix()
	}
	return time.Unix(c.unix, nanos).UTC(), true
}
