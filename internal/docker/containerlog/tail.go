package containerlog

import (
	"context"
	"errors"
	"io"
	"time"
)

// tail reads a file that is being written: at its end it waits for more, until the
// writer has stopped or ctx ends. The engine writes each line by itself, and whoever is
// told of each is woken as often; so the file is looked at again a little later.
type tail struct {
	ctx     context.Context //nolint:containedctx // an io.Reader has no other way to be ended
	file    io.ReadSeeker
	stopped <-chan struct{}
	wait    time.Duration
}

// How long the end of a file is left alone: first, and where nothing comes.
const (
	busy = 10 * time.Millisecond
	idle = 80 * time.Millisecond
)

// Read is part of io.Reader.
func (t *tail) Read(p []byte) (int, error) {
	for {
		over := t.over()
		n, err := t.file.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			t.wait = 0
			return n, err
		}
		if over {
			return 0, io.EOF
		}
		if err := t.rewind(); err != nil {
			return 0, err
		}
		t.wait = min(max(busy, 2*t.wait), idle)
		select {
		case <-t.ctx.Done():
			return 0, context.Cause(t.ctx)
		case <-t.stopped:
		case <-time.After(t.wait):
		}
	}
}

// over tells whether nothing more is written from now on.
func (t *tail) over() bool {
	select {
	case <-t.stopped:
		return true
	default:
		return false
	}
}

// rewind begins anew where somebody has emptied the file.
func (t *tail) rewind() error {
	at, err := t.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	end, err := t.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end < at {
		at = 0
	}
	_, err = t.file.Seek(at, io.SeekStart)
	return err
}
