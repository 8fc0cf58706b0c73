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
	"slices"
	"strings"
)

// Sum is that of a source on the server, as it is now: of the names, modes and
// contents that ReadSource sums here. What is neither file nor directory counts by
// its kind. fs.ErrNotExist where there is none.
func (s *Store) Sum(name string) (string, error) {
	root := s.Path("files", name)
	info, err := s.files.Lstat(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fs.ErrNotExist
	}
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", root, err)
	}
	h := sha256.New()
	if err := s.add(h, root, ".", info); err != nil {
		return "", fmt.Errorf("read %s: %w", root, err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func (s *Store) add(h io.Writer, at, rel string, info os.FileInfo) error {
	mode := info.Mode()
	_, _ = fmt.Fprintf(h, "%q %o\n", rel, mode.Perm())
	switch {
	case mode.IsDir():
		entries, err := s.files.ReadDir(at)
		if err != nil {
			return err
		}
		slices.SortFunc(entries, func(a, b os.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			if err := s.add(h, path.Join(at, e.Name()), path.Join(rel, e.Name()), e); err != nil {
				return err
			}
		}
		return nil
	case !mode.IsRegular():
		_, _ = fmt.Fprintf(h, "%s\n", mode.Type())
		return nil
	}
	f, err := s.files.Open(at)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = f.WriteTo(h)
	return err
}
