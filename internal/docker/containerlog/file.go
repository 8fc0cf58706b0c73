package containerlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/infinitescribe/spellbook/internal/docker/stamp"
)

// File hands on what Options choose of a file of the driver json-file, as the engine
// would. A last line that is only half written, and lines that are none of its, are left
// out. With Follow it goes on until stopped is closed and all that was written is read.
// Source: moby daemon/logger/jsonfilelog.
func File(ctx context.Context, f io.ReadSeeker, o Options, stopped <-chan struct{}, each func([]Line) error) error {
	if err := seekTail(f, o.Tail); err != nil {
		return err
	}
	b := newBatch(f, each)
	if o.Follow {
		b.from = &tail{ctx: ctx, file: f, stopped: stopped}
	}
	entries := entries{o: o, out: framed{each: b.add}, errs: framed{each: b.add, stderr: true}}
	for r := bufio.NewReaderSize(b, 1<<18); ctx.Err() == nil; {
		raw, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			var rest []byte
			raw = bytes.Clone(raw)
			rest, err = r.ReadBytes('\n')
			raw = append(raw, rest...)
		}
		if errors.Is(err, io.EOF) {
			return b.end(entries.errs.end(entries.out.end(nil)))
		}
		if err == nil {
			err = entries.add(raw)
		}
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// entries makes lines of the entries of a file.
type entries struct {
	o         Options
	clock     stamp.Clock
	out, errs framed
}

var (
	entryBegins = []byte(`{"log":"`)
	entryOut    = []byte(`,"stream":"stdout","time":"`)
	entryErr    = []byte(`,"stream":"stderr","time":"`)
)

// add takes one entry: {"log":"text\n","stream":"stdout","time":"2006-…Z"}.
func (e *entries) add(raw []byte) error {
	entry, ok := e.quick(raw)
	if !ok {
		var slow struct {
			Log, Stream, Time string
		}
		if json.Unmarshal(raw, &slow) != nil {
			return nil
		}
		at, _ := stamp.Cut(slow.Time + " ")
		entry = Line{Time: at, Text: slow.Log, Stderr: slow.Stream == "stderr"}
	}
	if entry.Time.Before(e.o.Since) {
		return nil
	}
	if entry.Stderr {
		return e.errs.add(entry.Time, entry.Text)
	}
	return e.out.add(entry.Time, entry.Text)
}

// quick reads an entry as engines write most: without attributes.
func (e *entries) quick(raw []byte) (entry Line, ok bool) {
	text, ok := bytes.CutPrefix(raw, entryBegins)
	if !ok {
		return entry, false
	}
	end, escaped := quoted(text)
	if end < 0 {
		return entry, false
	}
	rest, ok := bytes.CutPrefix(text[end+1:], entryOut)
	if !ok {
		if rest, ok = bytes.CutPrefix(text[end+1:], entryErr); !ok {
			return entry, false
		}
		entry.Stderr = true
	}
	at, found := bytes.CutSuffix(rest, []byte("\"}\n"))
	if !found {
		return entry, false
	}
	if entry.Time, ok = e.clock.Parse(string(at)); !ok {
		return entry, false
	}
	switch {
	case escaped == 0:
		entry.Text = string(text[:end])
	case escaped == 1 && bytes.HasSuffix(text[:end], []byte(`\n`)) && !bytes.HasSuffix(text[:end], []byte(`\\n`)):
		text[end-2] = '\n'
		entry.Text = string(text[:end-1])
	default:
		ok = json.Unmarshal(raw[len(entryBegins)-1:len(entryBegins)+end+1], &entry.Text) == nil
	}
	return entry, ok
}

// quoted is where a JSON text ends, and how many characters it has with a backslash;
// -1 where it does not end.
func quoted(text []byte) (end, escaped int) {
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			break
		}
		back := bytes.IndexByte(text[i:i+n], '\\')
		if back < 0 {
			return i + n, escaped
		}
		escaped++
		i += back + 2
	}
	return -1, 0
}

// seekTail moves to the last n entries of a file; a negative n stays at its beginning.
func seekTail(f io.ReadSeeker, n int) error {
	if n < 0 {
		return nil
	}
	at, err := f.Seek(0, io.SeekEnd)
	block := make([]byte, 1<<16)
	for more := n + 1; err == nil && at > 0; { // what is before the first of them ends, too
		size := min(at, int64(len(block)))
		if _, err = f.Seek(at-size, io.SeekStart); err != nil {
			return err
		}
		if _, err = io.ReadFull(f, block[:size]); err != nil {
			return err
		}
		for i := size - 1; i >= 0; i-- {
			if block[i] != '\n' {
				continue
			}
			if more--; more == 0 {
				_, err = f.Seek(at-size+i+1, io.SeekStart)
				return err
			}
		}
		at -= size
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	return err
}
