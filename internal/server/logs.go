package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// KeepLog writes the end of the log of one container of a release, by the name
// that its lines begin with.
func (s *Store) KeepLog(ctx context.Context, release, name string, text []byte) error {
	return s.write(ctx, text, "logs", release, name+".log")
}

// KeptLogs are those of a release; none where nothing of it was kept.
func (s *Store) KeptLogs(ctx context.Context, release string) (map[string][]byte, error) {
	entries, err := s.files.ReadDir(s.Path("logs", release))
	if err := s.absent(err, "list logs of release "+release); err != nil {
		return nil, err
	}
	list := map[string][]byte{}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), ".log")
		if !is || strings.HasPrefix(name, ".") {
			continue
		}
		if list[name], err = s.read(ctx, "logs", release, e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return list, nil
}

// Logged are the releases of which logs are kept, newest first.
func (s *Store) Logged() ([]string, error) {
	entries, err := s.files.ReadDir(s.Path("logs"))
	if err := s.absent(err, "list logs"); err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		list = append(list, path.Base(e.Name()))
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list, nil
}

// RemoveLogs removes those of a release.
func (s *Store) RemoveLogs(release string) error {
	if release == "" {
		return fmt.Errorf("remove logs: of no release")
	}
	return s.absent(s.files.RemoveAll(s.Path("logs", release)), "remove logs of release "+release)
}
