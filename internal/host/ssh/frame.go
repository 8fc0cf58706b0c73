package ssh

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// frame is the standard error of a session: it takes out what the envelope says
// between the command's own words. What ssh says before and after is kept apart.
type frame struct {
	to      io.Writer
	mark    []byte        // nobody else can know it
	started chan struct{} // closed when the command has begun
	group   string        // its process group on the server
	code    int           // how it ended; -1 as long as that is unknown
	words   words         // what ssh says
	held    []byte        // what may be the beginning of a mark
}

func newFrame(mark string, to io.Writer) *frame {
	if to == nil {
		to = io.Discard
	}
	return &frame{to: to, mark: []byte(mark), started: make(chan struct{}), code: -1}
}

// Write is part of io.Writer. It never fails: who does not listen to the
// command's words still wants to know its end.
func (f *frame) Write(b []byte) (int, error) {
	f.held = append(f.held, b...)
	for {
		before, rest, found := bytes.Cut(f.held, f.mark)
		if !found {
			keep := beginning(f.held, f.mark)
			f.pass(f.held[:len(f.held)-keep])
			f.held = append([]byte(nil), f.held[len(f.held)-keep:]...)
			return len(b), nil
		}
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		f.pass(before)
		if !whole {
			f.held = append([]byte(nil), f.held[len(before):]...)
			return len(b), nil
		}
		f.said(strings.Fields(string(line)))
		f.held = append([]byte(nil), after...)
	}
}

// beginning is how much of the end of text may be the beginning of mark.
func beginning(text, mark []byte) int {
	for n := min(len(text), len(mark)-1); n > 0; n-- {
		if bytes.HasPrefix(mark, text[len(text)-n:]) {
			return n
		}
	}
	return 0
}

func (f *frame) said(fields []string) {
	switch {
	case len(fields) == 2 && fields[0] == "begin" && f.group == "":
		f.group = fields[1]
		close(f.started)
	case len(fields) == 2 && fields[0] == "end":
		if code, err := strconv.Atoi(fields[1]); err == nil {
			f.code = code
		}
	}
}

// pass hands on what is the command's, and keeps what is ssh's.
func (f *frame) pass(b []byte) {
	if f.group != "" && f.code < 0 {
		_, _ = f.to.Write(b)
		return
	}
	_, _ = f.words.Write(b)
}

// flush passes on what turned out to be no mark.
func (f *frame) flush() {
	f.pass(f.held)
	f.held = nil
}
