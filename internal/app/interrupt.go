package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Exit is the end of a target that has said all there is to say, with the code
// that the process ends with: that of a command in a container, or 128 and the
// signal that ended what would go on for ever.
type Exit struct{ Code int }

func (e *Exit) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// ExitStatus is what Mage looks for on the outermost error.
func (e *Exit) ExitStatus() int { return e.Code }

// WithoutSignals is w for a target that takes its signals itself, so that the
// guard does not.
func (w *Run) WithoutSignals() *Run {
	quiet := *w
	quiet.Signals = nil
	return &quiet
}

// OwnSignals are the signals of w. Where they are those of this process, Mage
// is taken off the line: a Ctrl-C is no accident in such a target, and Mage
// would comment on it.
func (w *Run) OwnSignals(given <-chan os.Signal) <-chan os.Signal {
	if w.process == nil {
		return given
	}
	signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(w.process, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return w.process
}

// UntilSignal ends ctx with the first signal.
func UntilSignal(ctx context.Context, signals <-chan os.Signal) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case s := <-signals:
			cancel(Signalled{Signal: s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// EndedBySignal is a quiet Exit where a signal ended ctx, else err.
func EndedBySignal(ctx context.Context, err error) error {
	var s Signalled
	if errors.As(context.Cause(ctx), &s) {
		return &Exit{Code: int(s.Code())}
	}
	return err
}

// SurviveClosedPipe keeps a closed standard output from ending the process: the
// write fails instead, and the target ends by itself.
func (w *Run) SurviveClosedPipe() {
	if w.Out == os.Stdout {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}
