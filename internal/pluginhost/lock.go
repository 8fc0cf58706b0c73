package pluginhost

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// LockFile is where the lock is in a repository; it is committed.
const LockFile = "plugins/plugins.lock"

// Lock is what this repository takes from others: each plugin's source, the
// sums of it, what its manifest said, and what it may do. Binaries of modules
// are not in it: they differ with the toolchain, the module's h1 does not.
type Lock struct {
	Version int      `yaml:"version"` // of the file's form: 1
	Plugins []Locked `yaml:"plugins"` // by name
}

// Locked is one plugin of somebody else.
type Locked struct {
	Name    string `yaml:"name"`
	Kind    Kind   `yaml:"kind"`    // module or binary
	Source  string `yaml:"source"`  // a module's path, or a file's, relative to the repository where it is in it
	Version string `yaml:"version"` // of the module; of the manifest for a binary
	// Sum is the module's h1: sum, which the checksum database vouches for.
	Sum string `yaml:"sum,omitempty"`
	// SHA256 is that of the file, hex, by GOOS/GOARCH.
	SHA256 map[string]string `yaml:"sha256,omitempty"`
	// Manifest is the digest of what the plugin says of itself.
	Manifest string `yaml:"manifest"`
	// API is the range that it speaks: "1" or "1-2".
	API string `yaml:"api"`
	// Permissions are those granted, sorted.
	Permissions []string `yaml:"permissions,omitempty"`
	// Brings is what it adds to a stack, for those who read the lock's history.
	Brings []string `yaml:"brings,omitempty"`
}

// where is the source as one types it.
func (l Locked) where() string {
	if l.Kind == Module {
		return l.Source + "@" + l.Version
	}
	return l.Source
}

const (
	lockVersion = 2 // 1 has no brings
	maxLock     = 1 << 20
	lockHead    = "# Written by Spellbook (mage plugin:add, plugin:remove): commit it, and do not edit it.\n"
)

// ReadLock reads the repository's lock; one that is not there is empty.
func (h *Host) ReadLock() (Lock, error) {
	data, err := readAtMost(filepath.Join(h.Root, filepath.FromSlash(LockFile)), maxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{Version: lockVersion}, nil
	}
	if err == nil {
		var lock Lock
		if lock, err = ParseLock(data); err == nil {
			return lock, nil
		}
	}
	return Lock{}, failure.New(failure.Preflight, "%s cannot be read: %w", LockFile, err).
		WithHint("take it from Git again: git checkout %s", LockFile)
}

// ParseLock reads a lock strictly: every field known, every value in form.
func ParseLock(data []byte) (Lock, error) {
	var lock Lock
	if len(data) > maxLock {
		return lock, fmt.Errorf("it has %d bytes, %d are the most", len(data), maxLock)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&lock); err != nil && !errors.Is(err, io.EOF) {
		return Lock{}, errors.New(manifest.Printable(err.Error()))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Lock{}, errors.New("it is more than one document")
	}
	if lock.Version < 1 || lock.Version > lockVersion {
		return Lock{}, fmt.Errorf("it has the form %d, this Spellbook knows %d", lock.Version, lockVersion)
	}
	names := manifest.Unique{}
	for _, l := range lock.Plugins {
		if err := l.check(); err != nil {
			return Lock{}, fmt.Errorf("plugin %q: %w", manifest.Cut(l.Name), err)
		}
		if !names.Add(l.Name) {
			return Lock{}, fmt.Errorf("plugin %q is there twice", l.Name)
		}
	}
	return lock, nil
}

var (
	sourcePath    = lazyregexp.New(`^[!-~][ -~]*$`)
	modulePath    = lazyregexp.New(`^[a-zA-Z0-9][a-zA-Z0-9.~_/-]*$`)
	moduleVersion = lazyregexp.New(`^v[0-9][0-9A-Za-z.+-]*$`)
	hash1Form     = lazyregexp.New(`^h1:[A-Za-z0-9+/]{43}=$`)
	sha256Form    = lazyregexp.New(`^[0-9a-f]{64}$`)
	platformForm  = lazyregexp.New(`^[a-z0-9]+/[a-z0-9]+$`)
	rangeForm     = lazyregexp.New(`^[1-9][0-9]{0,2}(-[1-9][0-9]{0,2})?$`)
)

func (l Locked) check() error {
	f := &manifest.Flaw{}
	f.Name("name", l.Name, manifest.PluginName)
	f.Unless(l.Kind == Module || l.Kind == Binary, "the kind %q is neither module nor binary", manifest.Cut(string(l.Kind)))
	f.Unless(len(l.Source) <= 4*manifest.MaxKey && sourcePath.MatchString(l.Source), "no source")
	if l.Kind == Module {
		f.Unless(modulePath.MatchString(l.Source) && !strings.Contains(l.Source, ".."), "%q is no module", manifest.Cut(l.Source))
		f.Unless(len(l.Version) <= 2*manifest.MaxWord && moduleVersion.MatchString(l.Version), "%q is no module's version", manifest.Cut(l.Version))
		f.Unless(hash1Form.MatchString(l.Sum), "no h1: sum")
		f.Unless(len(l.SHA256) == 0, "a module has no sha256")
	} else {
		f.Unless(len(l.Version) <= 2*manifest.MaxWord && manifest.Semver.MatchString(l.Version), "%q is no version", manifest.Cut(l.Version))
		f.Unless(l.Sum == "", "a binary has no h1: sum")
		f.Unless(len(l.SHA256) > 0 && len(l.SHA256) <= manifest.MaxList, "no sha256")
	}
	for _, platform := range policy.Sorted(l.SHA256) {
		f.Unless(len(platform) <= manifest.MaxWord && platformForm.MatchString(platform), "%q is no platform", manifest.Cut(platform))
		f.Unless(sha256Form.MatchString(l.SHA256[platform]), "no sha256 for %s", platform)
	}
	f.Unless(sha256Form.MatchString(l.Manifest), "no digest of its manifest")
	f.Unless(rangeForm.MatchString(l.API), "%q is no range of APIs", manifest.Cut(l.API))
	f.Unless(len(l.Permissions) <= 5*manifest.MaxList && slices.IsSorted(l.Permissions), "its permissions are not sorted")
	for i, key := range l.Permissions {
		f.Unless(pluginv1.IsPermission(key) && !slices.Contains(l.Permissions[:i], key), "%q is no permission, or twice", manifest.Cut(key))
	}
	f.Unless(len(l.Brings) <= maxBrings, "it brings more than anybody reads")
	for _, line := range l.Brings {
		f.Unless(line == manifest.Printable(line), "%q is no line of text", manifest.Cut(line))
	}
	return f.Err
}

// Text is the lock as a file: one value a line, in a stable order.
func (l Lock) Text() ([]byte, error) {
	l.Version = 1
	if slices.ContainsFunc(l.Plugins, func(p Locked) bool { return len(p.Brings) > 0 }) { // an older Spellbook says so
		l.Version = lockVersion
	}
	l.Plugins = slices.Clone(l.Plugins)
	slices.SortFunc(l.Plugins, func(a, b Locked) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	out.WriteString(lockHead)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(l), encoder.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// WriteLock writes the repository's lock, or removes it when it is empty. It
// refuses where nothing may change.
func (h *Host) WriteLock(l Lock) error {
	if h.isLocked() {
		return failure.New(failure.Preflight, "%s may not be changed here: -locked, or CI=true", LockFile).
			WithHint("change it on your machine, and commit it")
	}
	text, err := l.Text()
	if err != nil {
		return fmt.Errorf("write %s: %w", LockFile, err)
	}
	if _, err := ParseLock(text); err != nil {
		return fmt.Errorf("write %s: %w", LockFile, err)
	}
	return state.WriteMode(filepath.Join(h.Root, filepath.FromSlash(LockFile)), text, 0o644) // it is committed
}

// isLocked: CI implies -locked.
func (h *Host) isLocked() bool {
	ci := h.getenv("CI")
	return h.Locked || ci == "true" || ci == "1"
}

func (l Lock) find(name string) (Locked, bool) {
	i := slices.IndexFunc(l.Plugins, func(p Locked) bool { return p.Name == name })
	if i < 0 {
		return Locked{}, false
	}
	return l.Plugins[i], true
}

// without is the lock without a plugin.
func (l Lock) without(name string) Lock {
	l.Plugins = slices.DeleteFunc(slices.Clone(l.Plugins), func(p Locked) bool { return p.Name == name })
	return l
}
