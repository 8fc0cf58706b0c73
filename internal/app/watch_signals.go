package app

import (
	"context"
	"fmt"
	"time"
)

// watchSignals ends a run with the first signal. It takes Mage off the line, which
// would comment on a Ctrl-C and spoil a live tree with that.
func (w *Run) watchSignals(parent context.Context, cancel context.CancelCauseFunc, done <-chan struct{}) {
	var late <-chan time.Time
	if w.Signals != nil {
		late = time.After(tookOver)
	}
	for {
		select {
		case <-late:
			w.OwnSignals(w.Signals)
		case s := <-w.Signals:
			cancel(Signalled{Signal: s})
			w.ForceExit(Signalled{Signal: s}, done)
			return
		case <-parent.Done():
			cancel(w.causeOf(parent))
			return
		case <-done:
			return
		}
	}
}

// tookOver is when Mage has surely subscribed to signals: it does so at once
// after it has called the target.
const tookOver = 20 * time.Millisecond

// grace is how long an interrupted run may take to end, as Mage has it.
const grace = 5 * time.Second

// ForceExit ends the process where a second signal asks for it, or the run
// does not end after the first. The kernel ends its children with it.
func (w *Run) ForceExit(s Signalled, done <-chan struct{}) {
	if w.process == nil {
		return
	}
	select {
	case <-done:
		return
	case <-w.Signals:
	case <-time.After(grace):
	}
	if w.ErrTerminal {
		_, _ = fmt.Fprint(w.Err, "\x1b[?25h\n") // a live tree has hidden the cursor
	}
	_, _ = fmt.Fprintln(w.Err, "Error: "+s.Error()+", ended at once")
	w.exit(int(s.Code()))
}
