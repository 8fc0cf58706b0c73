package workflow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// signalled is the cause of a context that a signal ended.
type signalled struct{ signal os.Signal }

func (s signalled) Error() string { return "stopped by " + s.name() }

func (s signalled) name() string {
	switch s.signal {
	case os.Interrupt:
		return "SIGINT (Ctrl-C)"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return "SIGHUP"
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
	go func() {
		select {
		case s := <-w.Signals:
			cancel(signalled{s})
		case <-parent.Done():
			cancel(w.causeOf(parent))
		case <-done:
		}
	}()
	err := do(ctx)
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return interrupted(s, err)
	}
	if failure.CodeOf(err) != failure.NotReady { // services that are not ready have annotations of their own
		report.Annotate(w.format(false).options, err)
	}
	return outermost(err)
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

// stopped is the error of a run that ended early, with what is running.
func (s *session) stopped(ctx context.Context, cause signalled) error {
	f := failure.New(cause.code(), "%s", cause.Error())
	ctx, cancel := fresh(ctx, 500*time.Millisecond)
	defer cancel()
	list, err := s.client.Containers(ctx, s.project.Name)
	if err != nil {
		return f
	}
	for _, c := range list {
		if c.State == "running" {
			f = f.WithDetails(fmt.Sprintf("still running: %s (%s)", c.Service, c.Status))
		}
	}
	return f.WithHint("mage infra:up goes on from here, mage infra:down stops what runs")
}
