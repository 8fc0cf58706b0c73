package app

import (
	"fmt"
	"sync"
)

// unsaved is what a run could not write, read or lock of the files that only save time, or
// keep others from the same work. It is told once and at the end, whatever else the run came
// to: a full or read-only directory is no reason to leave work undone.
type unsaved struct {
	mu       sync.Mutex
	file     error // the first that was not written or read
	unlocked error // the first that was not locked
	told     bool
}

// NoteUnsaved takes the error of writing a file that only saves time.
func (w *Run) NoteUnsaved(err error) {
	if w.unsaved != nil {
		w.unsaved.note(&w.unsaved.file, err, "the next run will know nothing of this one, and take longer")
	}
}

// NoteUnread takes the error of reading one that is there.
func (w *Run) NoteUnread(err error) {
	if w.unsaved != nil {
		w.unsaved.note(&w.unsaved.file, err, "nothing is known of earlier runs, as if it were not there")
	}
}

// NoteUnlocked takes the error of locking a file where its file system locks none.
func (w *Run) NoteUnlocked(err error) {
	if w.unsaved != nil {
		w.unsaved.note(&w.unsaved.unlocked, err, "two runs at once are not kept apart")
	}
}

func (u *unsaved) note(first *error, err error, means string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil && *first == nil {
		*first = fmt.Errorf("%w; %s", err, means)
	}
}

// warnUnsaved warns of the first of each, once a run.
func (w *Run) warnUnsaved() {
	u := w.unsaved
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, err := range []error{u.unlocked, u.file} {
		if err != nil && !u.told {
			w.Tell("warning: %v", err)
		}
	}
	u.told = u.told || u.unlocked != nil || u.file != nil
}
