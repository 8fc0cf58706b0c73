package e2e_test

import (
	"io"
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/project"
)

// lines is what a running target has written so far.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write is part of io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// flow is a workflow whose progress can be read while it goes on.
func (s *stack) flow(out io.Writer) *app.Run {
	return &app.Run{Layout: project.Layout{Root: s.dir}, Dir: s.dir, Environ: s.env, In: strings.NewReader(""), Out: out, Err: &lines{}, Now: time.Now}
}
