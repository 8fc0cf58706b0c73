package dev

import (
	"io"
	"strings"
	"time"
)

// watchLine is one line that tells what a change led to. On a terminal it is told
// as it happens, where it is the only one; elsewhere when it is whole.
type watchLine struct {
	to    io.Writer
	live  bool
	began time.Time
	text  strings.Builder
}

func (s *watchLine) write(text string) {
	if s.live {
		_, _ = io.WriteString(s.to, text)
		return
	}
	s.text.WriteString(text)
}

// add tells the next thing.
func (s *watchLine) add(text string) { s.write(" → " + text) }

// end ends the line.
func (s *watchLine) end() {
	s.write("\n")
	if !s.live {
		_, _ = io.WriteString(s.to, s.text.String())
	}
}

// watchLines are those of one round.
type watchLines []*watchLine

func (all watchLines) add(text string) {
	for _, s := range all {
		s.add(text)
	}
}

func (all watchLines) end() {
	for _, s := range all {
		s.end()
	}
}
