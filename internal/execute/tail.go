package execute

import (
	"bytes"
	"os"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/engine"
)

// tailWriter hands the lines of a command on as notes and keeps the last few
// for its error.
type tailWriter struct {
	mu    sync.Mutex
	note  func(engine.Note)
	rest  []byte
	lines []string
}

// Write is part of io.Writer.
func (t *tailWriter) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append(t.rest, b...)
	for {
		line, rest, found := bytes.Cut(t.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		t.rest = rest
		t.line(strings.TrimSpace(string(line)))
	}
}

// flush takes a last line that has no end.
func (t *tailWriter) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(strings.TrimSpace(string(t.rest)))
	t.rest = nil
}

func (t *tailWriter) line(text string) {
	if text == "" {
		return
	}
	t.lines = append(t.lines, text)
	if len(t.lines) > 20 {
		t.lines = t.lines[1:]
	}
	t.note(engine.Note{Text: text})
}

// last is what a command said last, errors first.
func (t *tailWriter) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if rest := strings.TrimSpace(string(t.rest)); rest != "" {
		lines = append(lines, rest)
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if text := strings.ToLower(lines[i]); strings.Contains(text, "error") || strings.Contains(text, "failed") {
			return lines[i]
		}
	}
	if len(lines) == 0 {
		return "no output"
	}
	return lines[len(lines)-1]
}

func removePaths(paths []string) error {
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
