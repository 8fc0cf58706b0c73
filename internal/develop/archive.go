package develop

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// owner is whose files become in a container.
type owner struct{ uid, gid int }

// in is where a path of this machine is in the container.
func (r Rule) in(name string) string {
	rel, err := filepath.Rel(r.Path, name)
	if err != nil {
		rel = filepath.Base(name)
	}
	if rel == "." && strings.HasSuffix(r.Target, "/") && !isDir(name) { // a file, into that directory
		rel = filepath.Base(name)
	}
	return path.Join("/", r.Target, filepath.ToSlash(rel))
}

// entry is one file of an archive: from is its path on this machine.
type entry struct{ from, to string }

// write makes the archive of entries, as the container is to have them: content,
// mode and time of here, the owner of there. What has gone meanwhile is left out,
// and so is what cannot be read, which is returned by its path.
func write(to io.Writer, entries []entry, whose owner) (unread map[string]error, err error) {
	unread = map[string]error{}
	w := tar.NewWriter(to)
	for _, e := range entries {
		var broken unreadable
		err := add(w, e, whose)
		switch {
		case errors.As(err, &broken):
			if !errors.Is(err, fs.ErrNotExist) {
				unread[e.from] = broken.error
			}
		case err != nil:
			return unread, fmt.Errorf("send %q: %w", e.from, err)
		}
	}
	return unread, w.Close()
}

// unreadable is an error of what is sent, not of sending it.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

func add(w *tar.Writer, e entry, whose owner) error {
	info, err := os.Lstat(e.from)
	if err != nil {
		return unreadable{err}
	}
	link := ""
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		if link, err = os.Readlink(e.from); err != nil {
			return unreadable{err}
		}
	case !info.Mode().IsRegular() && !info.IsDir(): // sockets and the like
		return nil
	}
	h, err := tar.FileInfoHeader(info, filepath.ToSlash(link))
	if err != nil {
		return err
	}
	h.Name, h.Uid, h.Gid, h.Uname, h.Gname = strings.TrimPrefix(e.to, "/"), whose.uid, whose.gid, "", ""
	h.ModTime, h.AccessTime, h.ChangeTime = info.ModTime().Truncate(time.Second), time.Time{}, time.Time{}
	if info.IsDir() {
		h.Name += "/"
	}
	if !info.Mode().IsRegular() {
		return w.WriteHeader(h)
	}
	return file(w, h, e.from)
}

// file writes a file with as much as it has now. Of one that has become shorter
// since, the rest is zeros, as its size is told first: it is unreadable.
func file(w *tar.Writer, h *tar.Header, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return unreadable{err}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return unreadable{err}
	}
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	content := &reader{from: f}
	if _, err := io.CopyN(w, io.MultiReader(content, zeros{}), h.Size); err != nil {
		return err
	}
	if content.err != nil {
		return unreadable{content.err}
	}
	return nil
}

// reader ends where it cannot be read on, and keeps why.
type reader struct {
	from io.Reader
	err  error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil {
		r.err, err = err, io.EOF
	}
	return n, err
}

// zeros is as many as are read.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}
