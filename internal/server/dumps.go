package server

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// dumps is where databases are dumped to, beside releases/.
const dumps = "dumps"

// DumpPath is the path of a dump on the server.
func (s *Store) DumpPath(name string) string { return s.Path(dumps, name) }

// Dumps are the names of the dumps that the server has, oldest first.
func (s *Store) Dumps() ([]string, error) {
	entries, err := s.files.ReadDir(s.Path(dumps))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list dumps: %w", err)
	}
	var list []string
	for _, e := range entries {
		if e.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

// RemoveDump removes one.
func (s *Store) RemoveDump(name string) error {
	return s.absent(s.files.Remove(s.DumpPath(name)), "remove dump "+name)
}

// Size is how long a file of the server is; 0 where there is none.
func (s *Store) Size(path string) int64 {
	info, err := s.files.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
