package containerlog

import (
	"cmp"
	"io"
	"time"
)

// batchOf is how many lines are handed on at once.
const batchOf = 512

// batch is the stream that lines are read from: before it may have to wait for
// more, it hands on those that have come.
type batch struct {
	from  io.Reader
	each  func([]Line) error
	lines []Line
	rest  func() // after a Read of little, where it is read as fast as it is written; nil elsewhere
	last  int    // bytes of the last Read
}

func newBatch(from io.Reader, each func([]Line) error) *batch {
	return &batch{from: from, each: each, lines: make([]Line, 0, batchOf)}
}

// gather is how long a live stream that had little is left alone: its engine sends each
// line by itself, and to be woken for each costs more than all else.
const (
	gather = 5 * time.Millisecond
	little = 2 << 10 // bytes
)

// Read is part of io.Reader.
func (b *batch) Read(p []byte) (int, error) {
	if err := b.flush(); err != nil {
		return 0, err
	}
	if b.rest != nil && b.last > 0 && b.last < little {
		b.rest()
	}
	n, err := b.from.Read(p)
	b.last = n
	return n, err
}

func (b *batch) add(line Line) error {
	b.lines = append(b.lines, line)
	if len(b.lines) < batchOf {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.lines) == 0 {
		return nil
	}
	err := b.each(b.lines)
	b.lines = b.lines[:0]
	return err
}

// end hands on the rest; that of a stream which broke as well.
func (b *batch) end(err error) error { return cmp.Or(err, b.flush()) }
