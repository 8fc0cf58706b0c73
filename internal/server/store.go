// Package server keeps what a server remembers of its deployments, in the
// project's directory there: releases, files, which release runs, the audit log.
// It imports deploy for the documents and reaches the files over SFTP; it decides
// nothing.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pkg/sftp"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// Store is the project's directory on a server:
//
//	releases/ID/   release.json, app.yml, infra.yml, variables.env
//	current        the release that serves
//	files/SUM/…    what the model binds into containers
//	gateway/       the gateway's configuration and its socket
//	logs/ID/       the end of what its containers logged that were removed
//	audit.jsonl    a line for each thing that was done
//
// Directories are their owner's alone (0700), and so are the files (0600): the
// models hold secrets.
type Store struct {
	server *ssh.Server
	files  *sftp.Client
	Root   string // absolute
}

// Open finds the directory, relative to the home of who signs in. It need not
// exist.
func Open(ctx context.Context, server *ssh.Server, dir string) (*Store, error) {
	files, err := server.Files(ctx)
	if err != nil {
		return nil, err
	}
	if !path.IsAbs(dir) {
		home, err := files.RealPath(".")
		if err != nil {
			return nil, fmt.Errorf("home directory on the server: %w", err)
		}
		dir = path.Join(home, dir)
	}
	return &Store{server: server, files: files, Root: path.Clean(dir)}, nil
}

// Exists reports whether anything was deployed, or begun to be.
func (s *Store) Exists() bool {
	_, err := s.files.Stat(s.Root)
	return err == nil
}

// Path is a path below the directory.
func (s *Store) Path(elem ...string) string { return path.Join(append([]string{s.Root}, elem...)...) }

// Releases are all that the server keeps, newest first; those that were never
// written whole are none.
func (s *Store) Releases(ctx context.Context) ([]deploy.Release, error) {
	entries, err := s.files.ReadDir(s.Path("releases"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", err)
	}
	var list []deploy.Release
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		r, err := s.Release(ctx, e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // it is being removed, or was half removed by an earlier version
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b deploy.Release) int { return strings.Compare(b.ID, a.ID) })
	return list, nil
}

// Release reads one.
func (s *Store) Release(ctx context.Context, id string) (deploy.Release, error) {
	data, err := s.read(ctx, "releases", id, "release.json")
	if err != nil {
		return deploy.Release{}, err
	}
	return deploy.ParseRelease(data)
}

// Has says that there is something under a release's name, whole or not.
func (s *Store) Has(id string) bool {
	_, err := s.files.Lstat(s.Path("releases", id))
	return err == nil
}

// Model is what Compose was given for a release: "app.yml" or "infra.yml". It
// holds secrets.
func (s *Store) Model(ctx context.Context, id, file string) ([]byte, error) {
	return s.read(ctx, "releases", id, file)
}

// Save writes a release and its models, whole or not at all.
func (s *Store) Save(ctx context.Context, r deploy.Release, models map[string][]byte) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	for name, text := range models {
		if err := s.write(ctx, text, "releases", "."+r.ID, name); err != nil {
			return err
		}
	}
	if err := s.write(ctx, append(data, '\n'), "releases", "."+r.ID, "release.json"); err != nil {
		return err
	}
	if err := s.files.PosixRename(s.Path("releases", "."+r.ID), s.Path("releases", r.ID)); err != nil {
		return fmt.Errorf("write release %s: %w", r.ID, err)
	}
	return nil
}

// RemoveRelease forgets a release, which nothing may run any more.
func (s *Store) RemoveRelease(id string) error {
	return s.removeWhole("releases", id)
}

// removeWhole removes a directory so that no reader finds half of it: one that is cut
// short leaves it hidden, as unfinished.
func (s *Store) removeWhole(dir, name string) error {
	hidden := s.Path(dir, "."+name)
	err := s.absent(s.files.RemoveAll(hidden), "remove "+hidden)
	if err == nil {
		err = s.absent(s.files.PosixRename(s.Path(dir, name), hidden), "remove "+s.Path(dir, name))
	}
	if err != nil {
		return err
	}
	return s.absent(s.files.RemoveAll(hidden), "remove "+hidden)
}

// RemoveUnfinished removes what is left of writes that were cut short, which may hold
// secrets. Only who holds the lock may, as others may be writing.
func (s *Store) RemoveUnfinished() error {
	var failed []error
	for _, pattern := range []string{".*", "gateway/.*", "releases/.*", "releases/*/.*"} {
		paths, err := s.files.Glob(s.Path(pattern))
		failed = append(failed, err)
		for _, name := range paths {
			// The lock's own directory, and the audit log, which is written without the lock.
			if base := path.Base(name); base != ".spellbook" && !strings.HasPrefix(base, "."+log) {
				failed = append(failed, s.absent(s.files.RemoveAll(name), "remove "+name))
			}
		}
	}
	releases, err := s.files.Glob(s.Path("releases", "*"))
	failed = append(failed, err)
	for _, dir := range releases { // half removed by an earlier version
		if _, err := s.files.Stat(path.Join(dir, "release.json")); errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, s.removeWhole("releases", path.Base(dir)))
		}
	}
	return errors.Join(failed...)
}

// Current is the release that serves; "" where none does.
func (s *Store) Current(ctx context.Context) (string, error) {
	data, err := s.read(ctx, "current")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(data)), err
}

// SetCurrent notes which release serves.
func (s *Store) SetCurrent(ctx context.Context, id string) error {
	return s.write(ctx, []byte(id+"\n"), "current")
}

// Write replaces a file below the directory, whole or not at all.
func (s *Store) Write(ctx context.Context, name string, data []byte) error {
	return s.write(ctx, data, name)
}

// Read is a file below the directory; fs.ErrNotExist where there is none.
func (s *Store) Read(ctx context.Context, name string) ([]byte, error) { return s.read(ctx, name) }

func (s *Store) read(ctx context.Context, elem ...string) ([]byte, error) {
	return s.server.ReadFile(ctx, s.Path(elem...))
}

func (s *Store) write(ctx context.Context, data []byte, elem ...string) error {
	return s.server.WriteFile(ctx, s.Path(elem...), data, 0o600)
}

// absent takes what is not there for removed.
func (s *Store) absent(err error, what string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
