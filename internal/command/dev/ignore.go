package dev

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
)

// ignoreFile is the name of a context's ignore file, and the end of that of a
// Dockerfile's own.
const ignoreFile = ".dockerignore"

// ignore says what of a context is no part of a build, for the watch alone: what
// it lets through costs a look. The zero matcher lets everything through.
type ignore struct {
	dir     string
	matcher *patternmatcher.PatternMatcher
}

// ignores are those of all contexts.
func (w *watchState) ignores() ([]ignore, error) {
	var list []ignore
	add := func(dir string, files ...string) error {
		one, err := readIgnore(dir, files)
		list = append(list, one)
		return err
	}
	for _, b := range w.needed {
		if image.Local(b.Context) {
			if err := add(b.Context, b.Dockerfile+ignoreFile, filepath.Join(b.Context, ignoreFile)); err != nil {
				return nil, err
			}
		}
		for _, where := range b.Contexts {
			if !image.Local(where) {
				continue
			}
			if err := add(where, filepath.Join(where, ignoreFile)); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// readIgnore reads the first of files that is there.
func readIgnore(dir string, files []string) (ignore, error) {
	for _, path := range files {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return ignore{}, fmt.Errorf("read ignore file %q: %w", path, err)
		}
		patterns, err := ignorefile.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return ignore{}, fmt.Errorf("read ignore file %q: %w", path, err)
		}
		m, err := patternmatcher.New(patterns)
		if err != nil {
			return ignore{}, failure.New(failure.Preflight, "%s: %w", path, err).WithHint("mend the pattern")
		}
		return ignore{dir: dir, matcher: m}, nil
	}
	return ignore{dir: dir}, nil
}

// skip tells the watch what is of no interest: what no context contains.
func (w *watchState) skip(ignores []ignore) func(path string, dir bool) bool {
	state := w.stack.Layout.Path(w.stack.Layout.StateDir)
	return func(path string, dir bool) bool {
		if path == state {
			return true
		}
		for _, one := range ignores {
			if rel, err := filepath.Rel(one.dir, path); err == nil && filepath.IsLocal(rel) && !one.covers(rel, dir) {
				return false
			}
		}
		return !w.isCompose(path)
	}
}

// covers reports whether a path in the context is left out; a directory only
// where no exception could bring back something below it.
func (i ignore) covers(rel string, dir bool) bool {
	if rel == "." || i.matcher == nil {
		return false
	}
	matched, err := i.matcher.MatchesOrParentMatches(rel)
	if err != nil || !matched || !dir {
		return err == nil && matched
	}
	within := rel + string(filepath.Separator)
	for _, p := range i.matcher.Patterns() {
		if !p.Exclusion() {
			continue
		}
		plain := p.String()
		if at := strings.IndexAny(plain, `*?[\`); at >= 0 {
			plain = plain[:at]
		}
		if strings.HasPrefix(within, plain) || strings.HasPrefix(plain, within) {
			return false
		}
	}
	return true
}
