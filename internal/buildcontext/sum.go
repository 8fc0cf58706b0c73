package buildcontext

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// sum makes the sums of entries, several at a time.
func (r *reader) sum(ctx context.Context, entries []*entry, workers int) error {
	var next atomic.Int64
	failed := make([]error, min(workers, len(entries)))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group conc.WaitGroup
	for worker := range failed {
		group.Go(func() {
			s := newSummer(r.dir)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				if err := s.sum(ctx, entries[i]); err != nil {
					failed[worker] = err
					stop(err)
				}
				if entries[i].lost {
					r.unsettled.Store(true)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// summer makes one sum after the other.
type summer struct {
	dir    string
	hash   hash.Hash
	buffer []byte
}

func newSummer(dir string) *summer {
	return &summer{dir: dir, hash: sha256.New(), buffer: make([]byte, 128<<10)}
}

// sum fills in an entry's sum, or says that it is lost.
func (s *summer) sum(ctx context.Context, e *entry) error {
	path := filepath.Join(s.dir, filepath.FromSlash(e.path))
	s.hash.Reset()
	var err error
	switch {
	case e.Mode.IsRegular():
		err = s.content(ctx, path, e)
	case e.Mode&fs.ModeSymlink != 0:
		var target string
		if target, err = os.Readlink(path); err == nil {
			target = filepath.ToSlash(target)
			e.Size = int64(len(target))
			s.hash.Write([]byte(target))
		}
	case e.Mode&fs.ModeDevice != 0:
		s.hash.Write(strconv.AppendUint(nil, e.Device, 10))
	case e.Mode&fs.ModeSocket == 0:
		return nil // a pipe has nothing
	}
	switch {
	case err != nil && moved(err):
		e.lost = true
		return nil
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return unreadable(path, err)
	}
	s.hash.Sum(e.sum[:0])
	e.summed = true
	return nil
}

// content hashes a file again while somebody writes to it, but not for ever:
// BuildKit would not wait either. What is being written is too young for the
// index.
func (s *summer) content(ctx context.Context, path string, e *entry) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	for range attempts {
		before, err := fingerprint.Opened(f)
		if err != nil {
			return err
		}
		if !before.Mode.IsRegular() {
			return fs.ErrNotExist
		}
		size, err := s.copy(ctx, f)
		if err != nil {
			return err
		}
		if e.Status, err = fingerprint.Opened(f); err != nil {
			return err
		}
		e.Size = size
		if e.Same(before) {
			break
		}
	}
	return nil
}

// copy hashes f from its beginning and returns its length in bytes.
func (s *summer) copy(ctx context.Context, f *os.File) (int64, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	s.hash.Reset()
	var size int64
	for {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		n, err := f.Read(s.buffer)
		s.hash.Write(s.buffer[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
