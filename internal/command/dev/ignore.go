package dev

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/image"
)

// ignores say what of each context is no part of a build, for the watch alone: what
// they let through costs a look.
func (w *watchState) ignores() ([]develop.Patterns, error) {
	var list []develop.Patterns
	add := func(dir string, files ...string) error {
		one, err := develop.ReadIgnore(dir, files...)
		list = append(list, one)
		return err
	}
	for _, b := range w.needed {
		if image.Local(b.Context) {
			if err := add(b.Context, b.Dockerfile+develop.IgnoreFile, filepath.Join(b.Context, develop.IgnoreFile)); err != nil {
				return nil, err
			}
		}
		for _, where := range b.Contexts {
			if !image.Local(where) {
				continue
			}
			if err := add(where, filepath.Join(where, develop.IgnoreFile)); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// skip tells the watch what is of no interest: what no context contains and no rule
// covers.
func (w *watchState) skip(ignores []develop.Patterns) func(path string, dir bool) bool {
	state := w.stack.Layout.Path(w.stack.Layout.StateDir)
	rules := slices.Concat(slices.Collect(maps.Values(w.rules))...)
	return func(path string, dir bool) bool {
		if path == state {
			return true
		}
		if !dir && strings.HasSuffix(path, develop.IgnoreFile) { // even one that ignores itself
			return false
		}
		for _, one := range ignores {
			if _, in := one.In(path); in && !one.Cover(path, dir) {
				return false
			}
		}
		for _, one := range rules {
			if !one.Skips(path, dir) {
				return false
			}
		}
		return !w.isCompose(path)
	}
}
