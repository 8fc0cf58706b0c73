package process

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Tell gets each event of a stream but the result, in order. Its error cancels
// the stream and is the cause of what the call returns.
type Tell func(*pluginv1.Event) error

// receive gives the next event of a stream.
type receive func() (*pluginv1.Event, error)

// stream is one streaming call. It has a context of its own: when the caller's
// ends, the plugin is told to cancel the run and gets KillGrace to clean up.
type stream struct {
	*Process
	phase, runID string
	caller       context.Context
	reject       context.CancelCauseFunc // ends caller for what Tell said
	own          context.Context
	stop         context.CancelFunc
	tell         Tell
	heard        atomic.Bool // something since the last look
	result       *pluginv1.Result
	inTime       bool // the result came before the caller's context ended
}

// run opens a stream and reads it to its end. A result that comes after the
// caller's context has ended comes with an error.
func (p *Process) run(ctx context.Context, phase, runID string, tell Tell, open func(context.Context) (receive, error)) (*pluginv1.Result, error) {
	if !p.enter() {
		return nil, p.newError(phase, Closed, "the plugin was closed")
	}
	defer p.leave()
	s := &stream{Process: p, phase: phase, runID: runID, tell: tell}
	s.caller, s.reject = context.WithCancelCause(ctx)
	defer s.reject(nil)
	s.own, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	guarded := make(chan struct{})
	go func() { defer close(guarded); s.guard() }()
	defer func() { s.stop(); <-guarded }()
	next, err := open(s.own)
	if err == nil {
		err = s.read(next)
	}
	if s.inTime {
		return s.result, nil
	}
	return s.result, p.failure(s.caller, phase, p.spec.CallTimeout, err)
}

// read tells the events and keeps the result. After that the plugin has KillGrace
// to end the stream.
func (s *stream) read(next receive) error {
	for s.result == nil {
		event, err := next()
		if err != nil {
			return err
		}
		s.heard.Store(true)
		if result := event.GetResult(); result != nil {
			s.result, s.inTime = result, s.caller.Err() == nil
			continue
		}
		// No kind: an event of a later version of the contract.
		if event.GetKind() == nil || s.caller.Err() != nil || s.tell == nil {
			continue
		}
		if err := s.tell(event); err != nil {
			s.reject(err)
		}
	}
	defer time.AfterFunc(s.spec.KillGrace, s.stop).Stop()
	for {
		if _, err := next(); err != nil {
			return err
		}
	}
}

// guard ends the stream: when the caller or Close wants it, or when the plugin
// has been silent and gives no sign of life.
func (s *stream) guard() {
	look := time.NewTicker(s.spec.CallTimeout)
	defer look.Stop()
	for {
		select {
		case <-s.own.Done():
			return
		case <-s.child.done:
			s.stop()
			return
		case <-s.life.Done():
			s.cancel()
			return
		case <-s.caller.Done():
			s.cancel()
			return
		case <-look.C:
			if !s.heard.Swap(false) {
				go s.endIfDead(s.spec.signOfLife)
			}
		}
	}
}

// cancel asks the plugin to end the run. One that goes on regardless is ended, so
// that no work is done that nobody knows of.
func (s *stream) cancel() {
	defer s.stop()
	grace, done := context.WithTimeout(s.own, s.spec.KillGrace)
	defer done()
	// A plugin without Cancel learns it from the stream, in which it has no time
	// to say more.
	_, err := s.rpc.Cancel(grace, &pluginv1.CancelRequest{RunId: s.runID, Grace: durationpb.New(s.spec.KillGrace)})
	if err != nil && grace.Err() == nil {
		return
	}
	<-grace.Done()
	if s.own.Err() == nil && !s.isClosing() {
		s.child.end(Unresponsive, "it did not end a cancelled run within "+s.spec.KillGrace.String())
	}
}

// enter counts a stream that Close has to wait for.
func (p *Process) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosing() {
		return false
	}
	p.streams++
	return true
}

func (p *Process) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
	if p.streams == 0 && p.isClosing() {
		close(p.idle)
	}
}
