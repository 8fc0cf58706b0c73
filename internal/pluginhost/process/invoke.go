package process

import (
	"context"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// pieceSize is how much of stdin goes into one message, in bytes.
const pieceSize = 64 << 10

// Input is what a command gets.
type Input struct {
	Start *pluginv1.Start
	// Stdin is read until its end; nil is an empty input. A reader that blocks
	// keeps one goroutine until it returns.
	Stdin io.Reader
	// Signals are handed on by POSIX's numbers; may be nil.
	Signals <-chan int
}

// Invoke runs a command, within the bounds of Backup.
func (p *Process) Invoke(ctx context.Context, in Input, tell Tell) (*pluginv1.Result, error) {
	return p.run(ctx, "invoke "+in.Start.GetCommand(), in.Start.GetRun().GetId(), tell, func(ctx context.Context) (receive, error) {
		s, err := p.rpc.Invoke(ctx)
		if err != nil {
			return nil, err
		}
		to := &sender{stream: s}
		// An error of Send is told by Recv.
		_ = to.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: in.Start}})
		go to.stdin(in.Stdin)
		go to.signals(ctx, in.Signals)
		return events(s.Recv), nil
	})
}

// sender sends input and signals, one at a time.
type sender struct {
	mu     sync.Mutex
	stream grpc.BidiStreamingClient[pluginv1.InvokeRequest, pluginv1.InvokeResponse]
}

func (s *sender) send(r *pluginv1.InvokeRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.Send(r)
}

// stdin sends the input and, as its end, an empty piece.
func (s *sender) stdin(r io.Reader) {
	if r == nil {
		_ = s.piece(nil)
		return
	}
	buffer := make([]byte, pieceSize)
	for {
		n, err := r.Read(buffer)
		if n > 0 && s.piece(buffer[:n]) != nil {
			return
		}
		if err != nil {
			_ = s.piece(nil)
			return
		}
	}
}

func (s *sender) piece(b []byte) error {
	return s.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Stdin{Stdin: b}})
}

func (s *sender) signals(ctx context.Context, signals <-chan int) {
	for {
		select {
		case <-ctx.Done():
			return
		case n, open := <-signals:
			if !open || s.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Signal{Signal: int32(n)}}) != nil {
				return
			}
		}
	}
}
