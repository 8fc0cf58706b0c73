package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/minio/minio-go/v7"
)

// errChanged is a file or an object that was another when it was copied than when it was
// begun with, or was gone.
var errChanged = errors.New("changed while it was copied")

// changed is errChanged where that is what the server means: each request after
// the first is for the object that the first one got.
func changed(err error) error {
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && (answer.Code == minio.NoSuchKey || answer.Code == minio.PreconditionFailed) {
		return errChanged
	}
	return err
}

// steady is a file while it is as it was. Each read looks at it, so that the
// last one sees a change during any: no object is completed of a file that
// grew, shrank or was written to.
type steady struct {
	file *os.File
	was  os.FileInfo
	give context.CancelCauseFunc // ends the request, which would be tried again
}

func (s steady) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	return s.checked(n, err)
}

func (s steady) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.file.ReadAt(p, at)
	return s.checked(n, err)
}

func (s steady) Seek(offset int64, whence int) (int64, error) { return s.file.Seek(offset, whence) }

func (s steady) checked(n int, err error) (int, error) {
	is, failed := s.file.Stat()
	switch {
	case failed != nil:
		return 0, failed
	case err != nil && err != io.EOF: //nolint:errorlint // as io has it
		return n, err
	case is.Size() != s.was.Size() || !is.ModTime().Equal(s.was.ModTime()):
		s.give(errChanged)
		return 0, errChanged
	}
	return n, err
}

// names are gathered by several at once.
type names struct {
	mu   sync.Mutex
	list []string
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, name)
	slices.Sort(n.list)
}
