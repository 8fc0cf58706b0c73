package app

import (
	"slices"
	"sync"
)

// finishing is what a run does however it ends.
type finishing struct {
	mu   sync.Mutex
	what []string
}

// Finishing says that the run does what has to be done however it ends, as "removing the stack
// a", until done is called. Whoever interrupts it waits for that longer than for other work,
// which he is told, unless he interrupts it once more.
func (w *Run) Finishing(what string) (done func()) {
	f := w.finishing
	if f == nil {
		return func() {}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.what = append(f.what, what)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		at := slices.Index(f.what, what)
		f.what = slices.Delete(f.what, at, at+1)
	}
}

// now is one of what is done now, "" for nothing.
func (f *finishing) now() string {
	if f == nil {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.what) == 0 {
		return ""
	}
	return f.what[0]
}
