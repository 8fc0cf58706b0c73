package sdk

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// answerTime is kept back of a call's time, so that its answer comes before the
// host stops waiting: a tenth of what is left, and no more than this.
const answerTime = 100 * time.Millisecond

// goneTime is how long a function may clean up after its caller is gone.
const goneTime = time.Second

var (
	errCancelled = errors.New("the host cancelled the call")
	errDeadline  = errors.New("the call's time is over")
	errGone      = errors.New("the caller is gone")
)

// signalError is a signal that ended a command.
type signalError int32

// Error names the signal.
func (e signalError) Error() string { return fmt.Sprintf("signal %d ended the command", int32(e)) }

// panicError is what a function of the plugin panicked with.
type panicError struct {
	value any
	stack []byte
}

// Error says it without the stack, which is for the log.
func (e *panicError) Error() string { return fmt.Sprintf("the plugin panicked: %v", e.value) }

// calls are those under way, so that Cancel finds those of a run.
type calls struct {
	mu   sync.Mutex
	list map[*call]struct{}
}

// call is one function of the plugin at work. Its context ends first; if the
// function does not heed that, abandon lets the caller go without it.
type call struct {
	runID   string
	ctx     context.Context
	cancel  context.CancelCauseFunc
	hard    context.Context // ends when nobody waits any longer
	abandon context.CancelCauseFunc
	done    chan struct{}
}

// begin makes a call of a request's context and its run's deadline.
func (c *calls) begin(parent context.Context, run *pluginv1.Run) *call {
	ctx := context.WithoutCancel(parent)
	one := &call{runID: run.GetId(), done: make(chan struct{})}
	one.hard, one.abandon = context.WithCancelCause(ctx)
	one.ctx, one.cancel = context.WithCancelCause(one.hard)
	context.AfterFunc(parent, func() { one.end(errGone, goneTime) })
	if deadline, ok := earliest(parent, run); ok {
		one.limit(deadline)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list == nil {
		c.list = map[*call]struct{}{}
	}
	c.list[one] = struct{}{}
	return one
}

// limit gives the function all but the answer's time, and the answer half of
// that.
func (c *call) limit(deadline time.Time) {
	spare := min(max(time.Until(deadline)/10, 0), answerTime)
	var free context.CancelFunc
	c.ctx, free = context.WithDeadlineCause(c.ctx, deadline.Add(-spare), errDeadline)
	context.AfterFunc(c.hard, free)
	context.AfterFunc(c.ctx, func() {
		if errors.Is(context.Cause(c.ctx), errDeadline) {
			time.AfterFunc(spare/2, func() { c.abandon(errDeadline) })
		}
	})
}

// earliest of the run's deadline and the request's own.
func earliest(ctx context.Context, run *pluginv1.Run) (time.Time, bool) {
	deadline, ok := ctx.Deadline()
	if run.GetDeadline() != nil {
		if at := run.GetDeadline().AsTime(); !ok || at.Before(deadline) {
			return at, true
		}
	}
	return deadline, ok
}

// end cancels the call's context and waits no longer than grace for its
// function.
func (c *call) end(cause error, grace time.Duration) {
	c.cancel(cause)
	time.AfterFunc(grace, func() { c.abandon(cause) })
}

// do runs a function of the plugin. It returns when that returns or panics, or
// when it is abandoned.
func (c *calls) do(one *call, f func(context.Context) error) error {
	result := make(chan error, 1)
	go func() {
		defer c.remove(one)
		result <- recovered(one.ctx, f)
	}()
	select {
	case err := <-result:
		return err
	case <-one.hard.Done():
		return context.Cause(one.hard)
	}
}

func recovered(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value, debug.Stack()}
		}
	}()
	return f(ctx)
}

func (c *calls) remove(one *call) {
	c.mu.Lock()
	delete(c.list, one)
	c.mu.Unlock()
	close(one.done)
}

// cancel ends the calls of a run, or of all runs for "", and waits for their
// functions for no longer than grace.
func (c *calls) cancel(runID string, grace time.Duration) {
	list := c.of(runID)
	for _, one := range list {
		one.end(errCancelled, grace)
	}
	for _, one := range list {
		select {
		case <-one.done:
		case <-one.hard.Done():
		}
	}
}

func (c *calls) of(runID string) (list []*call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.list {
		if runID == "" || one.runID == runID {
			list = append(list, one)
		}
	}
	return list
}
