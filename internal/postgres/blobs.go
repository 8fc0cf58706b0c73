package postgres

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// blobs is the heading of large objects in a dump. pg_dump puts a transaction of
// their own around them, which would commit what came before.
const blobs = "-- Data for Name: BLOBS; Type: BLOBS; "

// OneTransaction is a dump without the BEGIN and COMMIT that are around large
// objects, so that all of it can be one transaction.
func OneTransaction(dump io.Reader) io.Reader {
	return &oneTransaction{from: bufio.NewReaderSize(dump, 1<<18)}
}

type oneTransaction struct {
	from   *bufio.Reader
	rest   []byte // that was read and not yet handed on
	err    error
	inLine bool // a line longer than the buffer goes on
	copied bool // rows of a COPY: whatever they say, they are data
	large  bool // below the heading of large objects
}

// Read is part of io.Reader.
func (o *oneTransaction) Read(b []byte) (int, error) {
	for len(o.rest) == 0 && o.err == nil {
		o.next()
	}
	if len(o.rest) == 0 {
		return 0, o.err
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// next reads a line, or as much of it as there is room for.
func (o *oneTransaction) next() {
	line, err := o.from.ReadSlice('\n')
	begins := !o.inLine
	o.inLine = errors.Is(err, bufio.ErrBufferFull)
	if err != nil && !o.inLine {
		o.err = err
	}
	if !begins || !o.drops(bytes.TrimRight(line, "\r\n")) {
		o.rest = line
	}
}

// drops reports whether a line is left out.
func (o *oneTransaction) drops(line []byte) bool {
	switch {
	case o.copied:
		o.copied = string(line) != `\.`
	case bytes.HasPrefix(line, []byte("COPY ")) && bytes.HasSuffix(line, []byte(" FROM stdin;")):
		o.copied = true
	case bytes.HasPrefix(line, []byte(blobs)):
		o.large = true
	case bytes.HasPrefix(line, []byte("-- Name: ")):
		o.large = false
	case o.large:
		return string(line) == "BEGIN;" || string(line) == "COMMIT;"
	}
	return false
}
