package buildcontext

import (
	"context"
	"path/filepath"
)

// ReadFile is the regular file that path leads to, over links too. Its Path is
// path's last element, all the rest is the file's own. Errors: fs.ErrNotExist for
// what is none, or another that keeps it from being read.
func ReadFile(ctx context.Context, path string) (File, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return File{}, err
	}
	e := &entry{path: filepath.Base(path), summed: true}
	s := newSummer(filepath.Dir(target))
	if err := s.content(ctx, target, e); err != nil {
		return File{}, err
	}
	s.hash.Sum(e.sum[:0])
	return files([]*entry{e})[0], nil
}
