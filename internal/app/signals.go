package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
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
	if w.unsaved == nil {
		w.unsaved = &unsaved{}
	}
	if w.finishing == nil {
		w.finishing = &finishing{}
	}
	if w.warned == nil {
		w.warned = &warned{}
	}
	go w.watchSignals(parent, cancel, done)
	err := do(ctx)
	w.warnUnsaved()
	var s Signalled
	if errors.As(context.Cause(ctx), &s) {
		return w.wrapped(w.Interrupted(s, err))
	}
	var own interface{ AnnotatesItself() }
	if failure.CodeOf(err) != failure.NotReady && !errors.As(err, &own) { // services and builds that are not ready have annotations of their own
		report.Annotate(w.Format(false).Options, err)
	}
	return w.wrapped(outermost(err))
}

// watchSignals ends a run with the first signal. It takes Mage off the line, which
// would comment on a Ctrl-C and spoil a live tree with that.
func (w *Run) watchSignals(parent context.Context, cancel context.CancelCauseFunc, done <-chan struct{}) {
	if w.Signals != nil {
		w.OwnSignals(w.Signals)
	}
	select {
	case s := <-w.Signals:
		cancel(Signalled{Signal: s})
		w.ForceExit(Signalled{Signal: s}, done)
	case <-parent.Done():
		cancel(w.causeOf(parent))
	case <-done:
	}
}

// subscribes are the times by which Mage has subscribed to signals: it does so at once after
// it has called the target, and on a busy machine at once is late.
var subscribes = []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second}

// grace is how long an interrupted run may take to end, as Mage has it.
const grace = 5 * time.Second

// ForceExit ends the process where a second signal asks for it, or the run
// does not end after the first. The kernel ends its children with it.
func (w *Run) ForceExit(s Signalled, done <-chan struct{}) {
	if w.process == nil {
		return
	}
	if w.endsItself(done) {
		return
	}
	if w.ErrTerminal {
		_, _ = fmt.Fprint(w.Err, "\x1b[?25h\n") // a live tree has hidden the cursor
	}
	_, _ = fmt.Fprintln(w.Err, "Error: "+s.Error()+", ended at once")
	w.exit(int(s.Code()))
}

// endsItself waits for the end of an interrupted run: until a second signal, or for grace, and
// for grace once more where it did what has to be done meanwhile.
func (w *Run) endsItself(done <-chan struct{}) bool {
	wait, finishes, told := grace, false, false
	first := time.After(oneInterrupt)
	var again <-chan os.Signal
	for {
		select {
		case <-done:
			return true
		case <-first:
			again = w.repeated()
			continue
		case <-again:
			return false
		case <-time.After(wait):
		}
		what, finished := w.finishing.now(), finishes
		switch finishes = what != ""; {
		case finishes && !told:
			told = true
			_, _ = fmt.Fprintf(w.Err, "%s: interrupt once more to leave that to the next run\n", what)
		case !finishes && !finished:
			return false
		}
		if wait = grace; finishes {
			wait = lookAgain
		}
	}
}

// oneInterrupt is for how long signals are one interrupt: npm and shells hand on one that the
// terminal has sent as well.
const oneInterrupt = 100 * time.Millisecond

// repeated are the signals from now on.
func (w *Run) repeated() <-chan os.Signal {
	for {
		select {
		case <-w.Signals:
		default:
			return w.Signals
		}
	}
}

// lookAgain is how often it is asked whether that is done.
const lookAgain = 100 * time.Millisecond

// causeOf tells whether a signal ended the parent: Mage cancels it on Ctrl-C,
// which may come to be known before our own copy of the signal. A target that
// takes its signals itself, later, knows of an early one by Mage alone.
func (w *Run) causeOf(parent context.Context) error {
	if w.Signals == nil && w.process != nil && errors.Is(context.Cause(parent), context.Canceled) {
		return Signalled{Signal: os.Interrupt}
	}
	select {
	case s := <-w.Signals:
		return Signalled{Signal: s}
	case <-time.After(100 * time.Millisecond):
		return context.Cause(parent)
	}
}

// Interrupted keeps what a target says of its own interruption; what says nothing of how to
// go on gets what was typed.
func (w *Run) Interrupted(s Signalled, err error) error {
	var f *failure.Error
	if !errors.As(err, &f) || f.Code != s.Code() {
		f = failure.New(s.Code(), "%s", s.Error())
	}
	if f.Hint == "" && w.Call != "" {
		return f.WithHint("mage %s again", w.Call)
	}
	return f
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
	w.takeSignals()
	for _, late := range subscribes {
		time.AfterFunc(late, func() {
			if now, _ := latest.Load().(chan os.Signal); now == w.process { // else Mage has begun the next target
				w.takeSignals()
			}
		})
	}
	return w.process
}

// takeSignals takes whoever else has subscribed off the line. In between one is ignored: by
// signal.Reset it would end the process, and with it all that a target puts in order first.
func (w *Run) takeSignals() {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(w.process, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

// latest are the signals of the run that was begun last in this process: a channel.
var latest atomic.Value

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
	out := w.Out
	if watched, ok := out.(*documentWriter); ok {
		out = watched.Writer
	}
	if out == os.Stdout {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}

// IgnoreClosedPipe passes errors on but that of a reader that has seen enough,
// such as head.
func IgnoreClosedPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
