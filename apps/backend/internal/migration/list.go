// Package migration brings a database to the version that this binary needs.
// The migrations are part of the binary; each is a file sql/NNNN_name.sql.
package migration

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed sql/*.sql
var files embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version  int // from 1 on, without gaps
	Name     string
	SQL      string
	Checksum string // sha256 of SQL, in hex
}

// All are the migrations of this binary by version.
func All() ([]Migration, error) { return Read(files, "sql") }

// Read takes the migrations from a directory. Names that do not count from 1
// on are an error.
func Read(fsys fs.FS, dir string) ([]Migration, error) {
	entries, err := fs.ReadDir(fsys, dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	list := make([]Migration, 0, len(entries))
	for i, entry := range entries {
		m, err := read(fsys, path.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if m.Version != i+1 {
			return nil, fmt.Errorf("read migration %q: its number should be %04d", entry.Name(), i+1)
		}
		list = append(list, m)
	}
	return list, nil
}

func read(fsys fs.FS, file string) (Migration, error) {
	number, name, found := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
	version, err := strconv.Atoi(number)
	if err != nil || !found {
		return Migration{}, fmt.Errorf("read migration %q: the name should be NNNN_name.sql", path.Base(file))
	}
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return Migration{}, fmt.Errorf("read migration %q: %w", path.Base(file), err)
	}
	sum := sha256.Sum256(text)
	return Migration{Version: version, Name: name, SQL: string(text), Checksum: hex.EncodeToString(sum[:])}, nil
}

// Pending are the migrations to apply to a database that has recorded these
// checksums by version. A database may be ahead of the binary, as it is after
// a rollback; one that differs from it is an error.
func Pending(all []Migration, recorded map[int]string) ([]Migration, error) {
	newest := 0
	for version := range recorded {
		newest = max(newest, version)
	}
	var pending []Migration
	for _, m := range all {
		switch sum, applied := recorded[m.Version]; {
		case applied && sum != m.Checksum:
			return nil, fmt.Errorf("migration %04d_%s was changed after it had been applied: restore it, and add a new one", m.Version, m.Name)
		case !applied && m.Version < newest:
			return nil, fmt.Errorf("migration %04d_%s is missing in a database of version %d", m.Version, m.Name, newest)
		case !applied:
			pending = append(pending, m)
		}
	}
	return pending, nil
}
