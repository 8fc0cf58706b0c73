package sdk

import (
	"context"
	"io"
	"sync"
)

// waiting is how many pieces of input wait for a command that does not read
// them. Signals come by the same stream, so the queue is long; past it they
// wait too, and Cancel still works.
const waiting = 16

// input is a command's stdin.
type input struct {
	pieces chan []byte
	ended  chan struct{}
	once   sync.Once
	rest   []byte // what the reader has not taken of a piece
}

func newInput() *input {
	return &input{pieces: make(chan []byte, waiting), ended: make(chan struct{})}
}

// put waits where the command reads slower than somebody types.
func (i *input) put(ctx context.Context, piece []byte) {
	select {
	case i.pieces <- piece:
	case <-i.ended:
	case <-ctx.Done():
	}
}

// end lets the reader take what is there, and then find the end.
func (i *input) end() { i.once.Do(func() { close(i.ended) }) }

// Read is for one reader at a time, as any stdin.
func (i *input) Read(p []byte) (int, error) {
	if len(i.rest) == 0 {
		piece, ok := i.next()
		if !ok {
			return 0, io.EOF
		}
		i.rest = piece
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}

func (i *input) next() ([]byte, bool) {
	select {
	case piece := <-i.pieces:
		return piece, true
	default:
	}
	select {
	case piece := <-i.pieces:
		return piece, true
	case <-i.ended:
	}
	select { // a piece and the end came together
	case piece := <-i.pieces:
		return piece, true
	default:
		return nil, false
	}
}
