package pluginhost

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// Entry is a plugin that could be used.
type Entry struct {
	Name   string
	Kind   Kind
	Source string
}

// place is an Entry, and what the lock says of it.
type place struct {
	Entry
	dir    string // of the source, for project and built-in
	locked Locked // for module and binary
}

// Known are the names that Resolve can find, sorted. One name in two kinds is
// an error.
func (h *Host) Known() ([]Entry, error) {
	places, err := h.places()
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(places))
	for _, name := range policy.Sorted(places) {
		list = append(list, places[name].Entry)
	}
	return list, nil
}

func (h *Host) places() (map[string]place, error) {
	lock, err := h.ReadLock()
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, root := range []string{h.Root, h.Module} {
		dirs, err := os.ReadDir(filepath.Join(root, "plugins"))
		if root != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for plugins: %w", err)
		}
		for _, d := range dirs {
			names[d.Name()] = true
		}
	}
	for _, l := range lock.Plugins {
		names[l.Name] = true
	}
	places := map[string]place{}
	for name := range names {
		list, err := h.place(lock, name)
		if err != nil {
			return nil, err
		}
		if len(list) == 1 {
			places[name] = list[0]
		}
	}
	return places, nil
}

// place is where a plugin of that name is: nowhere or in one place.
func (h *Host) place(lock Lock, name string) (list []place, err error) {
	if !manifest.PluginName.MatchString(name) {
		return nil, nil
	}
	kind := Project
	if sameDirectory(h.Root, h.Module) {
		kind = BuiltIn
	}
	if dir := filepath.Join(h.Root, "plugins", name); isPlugin(dir) {
		list = append(list, place{Entry: Entry{Name: name, Kind: kind, Source: dir}, dir: dir})
	}
	if i := slices.IndexFunc(lock.Plugins, func(l Locked) bool { return l.Name == name }); i >= 0 {
		l := lock.Plugins[i]
		list = append(list, place{Entry: Entry{Name: name, Kind: l.Kind, Source: l.where()}, locked: l})
	}
	if dir := filepath.Join(h.Module, "plugins", name); h.Module != "" && kind != BuiltIn && isPlugin(dir) {
		list = append(list, place{Entry: Entry{Name: name, Kind: BuiltIn, Source: dir}, dir: dir})
	}
	if len(list) < 2 {
		return list, nil
	}
	return nil, failure.New(failure.Preflight, "two plugins are named %q", name).
		WithDetails(fmt.Sprintf("%s: %s", list[0].Kind, list[0].Source), fmt.Sprintf("%s: %s", list[1].Kind, list[1].Source)).
		WithHint("%s", apart(list))
}

// apart says how to be rid of the first of two of one name.
func apart(list []place) string {
	if list[0].Kind.IsOwn() {
		return "rename " + list[0].Source
	}
	return "mage plugin:remove " + list[0].Name
}

func sameDirectory(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}

// isPlugin says whether a directory has a Go program: its first file that is no
// test tells.
func isPlugin(dir string) bool {
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if filepath.Ext(f.Name()) != ".go" || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, parser.PackageClauseOnly)
		// What cannot be read as Go is the compiler's to explain.
		return err != nil || file.Name.Name == "main"
	}
	return false
}

// unknown is the error for a name that nobody has.
func unknown(name string, places map[string]place) error {
	err := failure.New(failure.Preflight, "unknown plugin %q", manifest.Printable(name))
	if near := failure.Nearest(name, policy.Sorted(places)); near != "" {
		err.WithDetails(fmt.Sprintf("did you mean %q?", near))
	}
	return err.WithHint("mage plugin:list")
}
