package workflow

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/report"
)

// signalled is the cause of a context that a signal ended.
type signalled struct{ signal os.Signal }

func (s signalled) Error() string {
	switch s.signal {
	case os.Interrupt:
		return "interrupted"
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	}
	return "stopped by SIGHUP"
}

// code is 128 and the signal's number, as shells have it.
func (s signalled) code() failure.Code {
	switch s.signal {
	case os.Interrupt:
		return failure.Interrupted
	case syscall.SIGTERM:
		return failure.Terminated
	}
	return failure.HungUp
}

// guarded runs do under a context that signals end, and gives every error its
// exit code.
func (w *Workflow) guarded(parent context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go w.heed(parent, cancel, done)
	if w.unsaved == nil {
		w.unsaved = &unsaved{}
	}
	err := do(ctx)
	w.tellUnsaved()
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return w.legibly(interrupted(s, err))
	}
	var own interface{ AnnotatesItself() }
	if failure.CodeOf(err) != failure.NotReady && !errors.As(err, &own) { // services and builds that are not ready have annotations of their own
		report.Annotate(w.format(false).options, err)
	}
	return w.legibly(outermost(err))
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
func (w *Workflow) causeOf(parent context.Context) error {
	select {
	case s := <-w.Signals:
		return signalled{s}
	case <-time.After(100 * time.Millisecond):
		return context.Cause(parent)
	}
}

// interrupted keeps what a target says of its own interruption.
func interrupted(s signalled, err error) error {
	var f *failure.Error
	if errors.As(err, &f) && f.Code == s.code() {
		return f
	}
	return failure.New(s.code(), "%s", s.Error())
}

// stopped is the error of a run that ended early, with what is running as far
// as this run has come to know it, and what to do.
func (s *session) stopped(ctx context.Context, cause signalled, hint string) error {
	f := failure.New(cause.code(), "%s", cause.Error()).WithHint("%s", hint)
	ctx, cancel := fresh(ctx, time.Second)
	defer cancel()
	state, err := s.observe(ctx)
	if err != nil {
		return f
	}
	return f.WithDetails(infra.StillRunning(state)...)
}
