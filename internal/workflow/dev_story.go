package workflow

import (
	"io"
	"strings"
	"time"
)

// story is one line that tells what a change led to. On a terminal it is told
// as it happens, where it is the only one; elsewhere when it is whole.
type story struct {
	to    io.Writer
	live  bool
	began time.Time
	text  strings.Builder
}

func (s *story) write(text string) {
	if s.live {
		_, _ = io.WriteString(s.to, text)
		return
	}
	s.text.WriteString(text)
}

// add tells the next thing.
func (s *story) add(text string) { s.write(" → " + text) }

// end ends the line.
func (s *story) end() {
	s.write("\n")
	if !s.live {
		_, _ = io.WriteString(s.to, s.text.String())
	}
}

// stories are those of one round.
type stories []*story

func (all stories) add(text string) {
	for _, s := range all {
		s.add(text)
	}
}

func (all stories) end() {
	for _, s := range all {
		s.end()
	}
}
