package report_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// screen is the little of a terminal that a live tree may use; anything else
// it is sent fails the test, as does a line that wraps.
type screen struct {
	t        *testing.T
	width    int
	rows     [][]rune
	row, col int
	hidden   bool
	colours  bool
}

// lastPicture is what stands on a terminal after all of text.
func lastPicture(t *testing.T, text string, width int) string {
	t.Helper()
	s := &screen{t: t, width: width}
	s.feed(text)
	return s.String()
}

func (s *screen) feed(text string) {
	s.t.Helper()
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		switch r {
		case '\n':
			s.row, s.col = s.row+1, 0
		case '\r':
			s.col = 0
		case 0x1b:
			n = s.control(text)
		default:
			s.put(r)
		}
		text = text[n:]
	}
}

func (s *screen) put(r rune) {
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, nil)
	}
	if s.col >= s.width {
		s.t.Fatalf("line wraps: %q", string(s.rows[s.row]))
	}
	line := s.rows[s.row]
	for len(line) <= s.col {
		line = append(line, ' ')
	}
	line[s.col] = r
	s.rows[s.row], s.col = line, s.col+1
}

// control obeys a sequence and returns its length.
func (s *screen) control(text string) int {
	end := strings.IndexAny(text, "AKJmhl")
	if !strings.HasPrefix(text, "\x1b[") || end < 0 {
		s.t.Fatalf("unknown sequence in %q", text[:min(len(text), 12)])
	}
	switch arg := text[2:end]; text[end] {
	case 'A':
		n, _ := strconv.Atoi(arg)
		s.row = max(0, s.row-n)
	case 'K':
		if s.row < len(s.rows) {
			s.rows[s.row] = s.rows[s.row][:min(s.col, len(s.rows[s.row]))]
		}
	case 'J':
		s.rows = s.rows[:min(s.row, len(s.rows))]
	case 'm':
		s.colours = true
	case 'h', 'l':
		s.hidden = text[end] == 'l'
	}
	return end + 1
}

func (s *screen) String() string {
	var b strings.Builder
	for _, line := range s.rows {
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return b.String()
}
