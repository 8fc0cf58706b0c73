package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Source is a file or directory of this machine that containers are given.
type Source struct {
	Path  string // absolute, here
	Sum   string // of its names, modes and contents: the same wherever it lies
	Bytes int64
}

// ReadSource sums a file or a directory. Links are followed nowhere: what they
// point to may be another thing on the server.
func ReadSource(name string) (Source, error) {
	s := Source{Path: name}
	h := sha256.New()
	err := filepath.WalkDir(name, func(at string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && at == name {
			return failure.New(failure.Preflight, "%s is given to a container and does not exist", name).
				WithHint("make it, or correct the volumes of the Compose file")
		}
		if err != nil {
			return err
		}
		return s.add(h, at, e)
	})
	s.Sum = hex.EncodeToString(h.Sum(nil)[:8])
	return s, err
}

func (s *Source) add(h io.Writer, at string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(s.Path, at)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(h, "%q %o\n", filepath.ToSlash(rel), serverMode(info.Mode()))
	switch {
	case e.IsDir():
		return nil
	case !info.Mode().IsRegular():
		return failure.New(failure.Preflight, "%s is given to a container and is neither a file nor a directory", at).
			WithHint("put a file there, or leave it out of the volumes of the Compose file")
	}
	f, err := os.Open(at)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	n, err := io.Copy(h, f)
	s.Bytes += n
	return err
}

// serverMode is what a file may be there: a container runs as any user, and the
// directory above keeps other users of the server out.
func serverMode(m fs.FileMode) fs.FileMode {
	if m.IsDir() || m&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

// FilePath is where a source lies on the server.
func (s *Store) FilePath(src Source) string {
	return s.Path("files", src.Sum, filepath.Base(src.Path))
}

// HasFile reports whether a source is there, whole.
func (s *Store) HasFile(src Source) bool {
	_, err := s.files.Lstat(s.FilePath(src))
	return err == nil
}

// Upload brings a source to the server, whole or not at all.
func (s *Store) Upload(src Source) error {
	hidden := s.Path("files", "."+src.Sum)
	if err := s.absent(s.files.RemoveAll(hidden), "clear "+hidden); err != nil {
		return err
	}
	if err := s.makeHidden(hidden); err != nil {
		return err
	}
	err := filepath.WalkDir(src.Path, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(filepath.Dir(src.Path), at)
		if err != nil {
			return err
		}
		return s.uploadOne(at, path.Join(hidden, filepath.ToSlash(rel)), e)
	})
	if err == nil {
		err = s.files.PosixRename(hidden, s.Path("files", src.Sum))
	}
	if err != nil {
		return fmt.Errorf("upload %s: %w", src.Path, err)
	}
	return nil
}

// MakeDir makes a directory below the project's, its owner's alone.
func (s *Store) MakeDir(name string) error { return s.makeHidden(s.Path(name)) }

// makeHidden makes a directory and those above it: the project's own and what is
// below are their owner's alone.
func (s *Store) makeHidden(dir string) error {
	if info, err := s.files.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	err := s.files.MkdirAll(path.Dir(s.Root))
	if dir != s.Root {
		err = s.makeHidden(path.Dir(dir))
	}
	if err == nil {
		err = s.files.Mkdir(dir)
	}
	if err == nil {
		err = s.files.Chmod(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("make %s on the server: %w", dir, err)
	}
	return nil
}

func (s *Store) uploadOne(from, to string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	if e.IsDir() {
		if err := s.files.Mkdir(to); err != nil {
			return err
		}
		return s.files.Chmod(to, serverMode(info.Mode()))
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := s.files.Create(to)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Chmod(serverMode(info.Mode())), out.Close())
}

// Files are the sums of the sources that are there, whole or not.
func (s *Store) Files() ([]string, error) {
	entries, err := s.files.ReadDir(s.Path("files"))
	if err := s.absent(err, "list files"); err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list, nil
}

// RemoveFile removes a source.
func (s *Store) RemoveFile(sum string) error {
	return s.removeWhole("files", sum)
}
