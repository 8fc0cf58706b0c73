package app

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Signalled is the cause of a context that a signal ended.
type Signalled struct{ Signal os.Signal }

func (s Signalled) Error() string {
	switch s.Signal {
	case os.Interrupt:
		return "interrupted"
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	}
	return "stopped by SIGHUP"
}

// Code is 128 and the signal's number, as shells have it.
func (s Signalled) Code() failure.Code {
	switch s.Signal {
	case os.Interrupt:
		return failure.Interrupted
	case syscall.SIGTERM:
		return failure.Terminated
	}
	return failure.HungUp
}

// Guard runs do under a context that signals end, and gives every error its
// exit code.
func (w *Run) Guard(parent context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go w.watchSignals(parent, cancel, done)
	if w.unsaved == nil {
		w.unsaved = &unsaved{}
	}
	err := do(ctx)
	w.warnUnsaved()
	var s Signalled
	if errors.As(context.Cause(ctx), &s) {
		return w.wrapped(Interrupted(s, err))
	}
	var own interface{ AnnotatesItself() }
	if failure.CodeOf(err) != failure.NotReady && !errors.As(err, &own) { // services and builds that are not ready have annotations of their own
		report.Annotate(w.Format(false).Options, err)
	}
	return w.wrapped(outermost(err))
}

// coded is an error with the exit code of a failure that it wraps.
type coded struct {
	error
	code failure.Code
}

// ExitStatus is what Mage looks for on the outermost error.
func (c coded) ExitStatus() int { return int(c.code) }

// Unwrap returns the error as it was.
func (c coded) Unwrap() error { return c.error }

// outermost brings an exit code to the surface, the only place where Mage
// looks for it.
func outermost(err error) error {
	var status interface{ ExitStatus() int }
	if _, ok := err.(interface{ ExitStatus() int }); ok || !errors.As(err, &status) {
		return err
	}
	return coded{err, failure.Code(status.ExitStatus())}
}

// causeOf tells whether a signal ended the parent: Mage cancels it on Ctrl-C,
// which may come to be known before our own copy of the signal.
func (w *Run) causeOf(parent context.Context) error {
	select {
	case s := <-w.Signals:
		return Signalled{Signal: s}
	case <-time.After(100 * time.Millisecond):
		return context.Cause(parent)
	}
}

// Interrupted keeps what a target says of its own interruption.
func Interrupted(s Signalled, err error) error {
	var f *failure.Error
	if errors.As(err, &f) && f.Code == s.Code() {
		return f
	}
	return failure.New(s.Code(), "%s", s.Error())
}
