package watch

import (
	"errors"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// notifier is the system's notifications. lost gets a value when some of them
// are missing.
type notifier struct {
	add, remove func(path string) error
	events      <-chan fsnotify.Event
	lost        <-chan struct{}
	close       func()
}

func newNotifier() (*notifier, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	lost := make(chan struct{}, 1)
	go forward(w.Errors, lost)
	return &notifier{add: w.Add, remove: w.Remove, events: w.Events, lost: lost, close: func() { _ = w.Close() }}, nil
}

// forward takes every error at once: fsnotify hands some of them over with its
// lock held, and would wait for ever for a receiver that is adding a watch.
// Whatever the error, events may be missing.
func forward(errs <-chan error, lost chan<- struct{}) {
	for range errs {
		select {
		case lost <- struct{}{}:
		default:
		}
	}
}

// exhausted tells that the system has no more watches (ENOSPC on Linux) or
// open files (where each watch is one) to give.
func exhausted(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
