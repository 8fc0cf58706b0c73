package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// VariablesFile is the file of a release with the environment's variables that it
// was deployed with. It holds secrets.
const VariablesFile = "variables.env"

// Variables are those of a release; fs.ErrNotExist where it was written without.
func (s *Store) Variables(ctx context.Context, release string) ([]byte, error) {
	return s.read(ctx, "releases", release, VariablesFile)
}

// SetVariables replaces them, as where the infrastructure alone was changed.
func (s *Store) SetVariables(ctx context.Context, release string, text []byte) error {
	return s.write(ctx, text, "releases", release, VariablesFile)
}

// Projects are the names of those in a directory, relative to the home directory,
// whose release that serves is of an environment, sorted.
func Projects(ctx context.Context, server *ssh.Server, dir, env string) ([]string, error) {
	files, err := server.Files(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := files.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s on the server: %w", dir, err)
	}
	var names []string
	for _, e := range entries {
		s, err := Open(ctx, server, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		id, err := s.Current(ctx)
		if err != nil || id == "" {
			continue // no project, or another user's
		}
		if r, err := s.Release(ctx, id); err == nil && r.Environment == env {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
