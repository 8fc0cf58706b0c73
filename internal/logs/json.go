package logs

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// Object is a line as JSON has it, one a line.
type Object struct {
	Time      time.Time `json:"time"`
	Service   string    `json:"service"`
	Container string    `json:"container,omitempty"` // "" where it is gone
	Stream    string    `json:"stream"`              // stdout or stderr
	Line      string    `json:"line"`
}

// Origin tells which service and which container the lines of a source are of.
type Origin func(source string) (service, container string)

// JSON writes lines as objects. One goroutine at a time may use it.
type JSON struct {
	out    io.Writer
	origin Origin
	mask   func(string) string
	buffer bytes.Buffer
	encode *json.Encoder // to the buffer
}

// NewJSON makes one; mask takes out of a line what must not be shown, nil is
// nothing.
func NewJSON(out io.Writer, origin Origin, mask func(string) string) *JSON {
	j := &JSON{out: out, origin: origin, mask: mask}
	j.encode = json.NewEncoder(&j.buffer)
	j.encode.SetEscapeHTML(false)
	return j
}

// Print writes lines, few in one Write.
func (j *JSON) Print(lines []Line) error {
	for _, line := range lines {
		if j.mask != nil {
			line.Text = j.mask(line.Text)
		}
		o := Object{Time: line.Time.UTC(), Stream: "stdout", Line: line.Text}
		if line.Stderr {
			o.Stream = "stderr"
		}
		o.Service, o.Container = j.origin(line.Source)
		if err := j.encode.Encode(o); err != nil {
			return err
		}
		if j.buffer.Len() > room {
			if err := j.flush(); err != nil {
				return err
			}
		}
	}
	return j.flush()
}

func (j *JSON) flush() error {
	if j.buffer.Len() == 0 {
		return nil
	}
	_, err := j.out.Write(j.buffer.Bytes())
	j.buffer.Reset()
	return err
}
