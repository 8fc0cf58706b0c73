package app

import (
	"fmt"
	"strings"
	"sync"
)

// unsaved is what a run could not write, read or lock of the files that only save time, or
// keep others from the same work. It is told once and at the end, whatever else the run came
// to: a full or read-only directory is no reason to leave work undone.
type unsaved struct {
	mu   sync.Mutex
	errs []error // the first of each kind
	told bool
}

// NoteUnsaved takes the error of writing a file that only saves time.
func (w *Run) NoteUnsaved(err error) {
	w.note(err, "the next run will know nothing of this one, and take longer")
}

// NoteUnread takes the error of reading one that is there.
func (w *Run) NoteUnread(err error) {
	w.note(err, "nothing is known of earlier runs, as if it were not there")
}

// NoteUnlocked takes the error of locking a file where its file system locks none.
func (w *Run) NoteUnlocked(err error) {
	w.note(err, "two runs at once are not kept apart")
}

func (w *Run) note(err error, means string) {
	if err == nil || w.unsaved == nil {
		return
	}
	err = fmt.Errorf("%w; %s", err, means)
	w.unsaved.mu.Lock()
	defer w.unsaved.mu.Unlock()
	for _, other := range w.unsaved.errs {
		if strings.HasSuffix(other.Error(), means) {
			return
		}
	}
	w.unsaved.errs = append(w.unsaved.errs, err)
}

// warnUnsaved warns of the first of each kind, once a run.
func (w *Run) warnUnsaved() {
	w.unsaved.mu.Lock()
	defer w.unsaved.mu.Unlock()
	if w.unsaved.told {
		return
	}
	for _, err := range w.unsaved.errs {
		w.unsaved.told = true
		w.Tell("warning: %v", err)
	}
}
