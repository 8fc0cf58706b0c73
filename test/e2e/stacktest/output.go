package stacktest

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// Output is an output that can be waited on.
type Output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

// NewOutput is an output to which nothing has been written.
func NewOutput() *Output { return &Output{changed: make(chan struct{}, 1)} }

// Write is part of io.Writer.
func (w *Output) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
	return w.text.Write(b)
}

// String is what has been written so far.
func (w *Output) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Await waits until the output is as wanted.
func (w *Output) Await(t *testing.T, what string, wanted func(string) bool) {
	t.Helper()
	late := time.After(Patience)
	for !wanted(w.String()) {
		select {
		case <-w.changed:
		case <-late:
			t.Fatalf("%s did not come:\n%s", what, w)
		}
	}
}

// AwaitText waits for a text.
func (w *Output) AwaitText(t *testing.T, text string) {
	t.Helper()
	w.Await(t, text, func(all string) bool { return strings.Contains(all, text) })
}

// Capture reads a terminal until it closes.
func Capture(terminal interface{ Read([]byte) (int, error) }) func() string {
	var mu sync.Mutex
	var text bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := terminal.Read(b)
			mu.Lock()
			text.Write(b[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return func() string { <-done; mu.Lock(); defer mu.Unlock(); return text.String() }
}
