package tasks

import (
	"io"
	"sync"
	"time"
)

// moment is how long a line may wait for others.
const moment = 20 * time.Millisecond

// together writes what comes within a moment at once: a write for each of a thousand tasks
// that are cached takes longer than to find that they are.
type together struct {
	to    io.Writer
	mu    sync.Mutex
	text  []byte
	timer *time.Timer
}

// Write takes the text; that it cannot be written nobody is told.
func (t *together) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		t.timer = time.AfterFunc(moment, t.flush)
	}
	t.text = append(t.text, text...)
	return len(text), nil
}

func (t *together) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return
	}
	t.timer.Stop()
	_, _ = t.to.Write(t.text)
	t.text = t.text[:0]
}
