package sdk

import (
	"context"
	"sync"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// stream sends a call's events. After the result, which is the last, events of
// a function that was abandoned are dropped.
type stream struct {
	mu    sync.Mutex
	send  func(*pluginv1.Event) error
	ended bool
}

// tell sends an event that is not the last.
func (s *stream) tell(e *pluginv1.Event) error { return s.put(e, false) }

func (s *stream) put(e *pluginv1.Event, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errGone
	}
	s.ended = last
	return s.send(e)
}

// serve runs a streaming call: its events, and its result as the last. done
// adds to the result of a function that succeeded.
func (s *server) serve(ctx context.Context, r *pluginv1.Run, send func(*pluginv1.Event) error, work func(context.Context, *Run) ([]*pluginv1.File, error)) error {
	if r == nil {
		return errNoRun
	}
	return s.serveCall(s.calls.begin(ctx, r), r, send, work)
}

func (s *server) serveCall(one *call, r *pluginv1.Run, send func(*pluginv1.Event) error, work func(context.Context, *Run) ([]*pluginv1.File, error)) error {
	out := &stream{send: send}
	files := make(chan []*pluginv1.File, 1)
	err := s.calls.do(one, func(ctx context.Context) error {
		list, err := work(ctx, s.request(r, out.tell))
		files <- list
		return err
	})
	end := result(one.ctx, s.log, err)
	if err == nil {
		end.Files = <-files
	}
	return out.put(resultEvent(end), true)
}

// writer makes what a command writes output events.
type writer struct {
	stream pluginv1.Stream
	send   func(*pluginv1.Event) error
}

// Write sends the bytes in pieces that the contract allows. It fails when the
// call has ended, so that a command which heeds nothing else ends too.
func (w writer) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, pluginv1.MaxChunk)
		if err := w.send(outputEvent(w.stream, append([]byte{}, p[done:done+n]...))); err != nil {
			return done, err
		}
		done += n
	}
	return len(p), nil
}
