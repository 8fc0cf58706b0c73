package pluginhost

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// AddSource is what somebody wants to add: a module, or a file.
type AddSource struct {
	Module, Version string            // example.com/plugin, v1.2.3 or latest
	Path            string            // of the binary for this machine; relative to Root or absolute
	Others          map[string]string // of the binaries for other machines, by GOOS/GOARCH
	Grant           []string          // permissions, beyond those granted before
}

// ParseSource tells MODULE@VERSION from a path: ./x, ../x, /x, or a file of the
// repository.
func (h *Host) ParseSource(text string) (AddSource, error) {
	module, version, hasVersion := strings.Cut(text, "@")
	info, err := os.Stat(h.path(text))
	switch {
	case err == nil && info.Mode().IsRegular():
		return AddSource{Path: text}, nil
	case err == nil && info.IsDir():
		return AddSource{}, failure.New(failure.Usage, "%s is a directory", manifest.Printable(text)).WithHint("mage plugin:add MODULE@VERSION, or the path of a binary")
	case strings.HasPrefix(text, ".") || filepath.IsAbs(text):
		return AddSource{}, failure.New(failure.Preflight, "there is no file %s", manifest.Printable(text)).WithHint("build it first, or: mage plugin:add MODULE@VERSION")
	case !modulePath.MatchString(module):
		return AddSource{}, failure.New(failure.Usage, "%q is neither a module nor a file", manifest.Printable(text)).WithHint("mage plugin:add MODULE@VERSION, or ./PATH of a binary")
	case !hasVersion || version == "":
		return AddSource{}, failure.New(failure.Usage, "%s has no version", module).WithHint("mage plugin:add %s@VERSION, or @latest", module)
	}
	return AddSource{Module: module, Version: version}, nil
}

// Change is what Apply would write into the lock.
type Change struct {
	Old, New *Locked // nil for one that is not there
	Manifest manifest.Manifest
	// Missing are the permissions that the manifest asks for and that are not
	// granted: a fragment that uses one of them is refused.
	Missing []manifest.Permission
	// Reads are the variables that are not its own, and whose they are.
	Reads []Reading
	// Notes say what permissions give away.
	Notes []string
}

// Reading is a variable that a plugin asks for.
type Reading struct {
	Variable string
	Text     string // reads POSTGRES_PASSWORD (secret of this repository)
	Granted  bool
}

// weigh fills in what the plugin asks for against what it is granted.
func (c *Change) weigh(h *Host, p *Plugin) {
	for _, one := range p.Manifest.Permissions {
		if !slices.Contains(c.New.Permissions, one.Key) {
			c.Missing = append(c.Missing, one)
		}
	}
	c.Notes = h.Places.Notes(p.Manifest.Permissions)
	for _, v := range p.Manifest.Variables {
		if slices.Contains(p.Foreign, v.Name) {
			c.Reads = append(c.Reads, Reading{Variable: v.Name, Text: reading(v, h.standing(p.Manifest.Name, v.Name)),
				Granted: slices.Contains(c.New.Permissions, manifest.ReadsKey(v.Name))})
		}
	}
}

// Lines are the change for people: what differs, what it may do, and what it
// will see.
func (c Change) Lines() []string {
	switch {
	case c.New == nil:
		return []string{"- plugin " + c.Old.Name + " " + c.Old.where()}
	case c.Old == nil:
		return append([]string{"+ plugin " + c.New.Name + " " + c.New.where()}, append(Locked{}.diff(*c.New), c.powers()...)...)
	}
	return append(c.Old.diff(*c.New), c.powers()...)
}

// powers are the permissions not granted, the variables of others that it reads,
// and its secrets.
func (c Change) powers() []string {
	var lines []string
	for _, p := range c.Missing {
		lines = append(lines, fmt.Sprintf("  permission %s is not granted: %s", p.Key, p.Reason))
	}
	for _, r := range c.Reads {
		text := "  " + r.Text
		if !r.Granted {
			text += ", which is not granted: -grant=" + manifest.ReadsKey(r.Variable)
		}
		lines = append(lines, text)
	}
	lines = append(lines, c.Notes...)
	for _, v := range c.Manifest.Variables {
		isOwn := !slices.ContainsFunc(c.Reads, func(r Reading) bool { return r.Variable == v.Name })
		if v.Secret && isOwn {
			lines = append(lines, fmt.Sprintf("  it is given the secret %s: %s", v.Name, v.Summary))
		}
	}
	return lines
}

// Add finds out what adding a source would change, and writes nothing but the
// cache: show the Change, ask, then Apply. The plugin's program is run to say
// what it is, and what it adds to a stack.
func (h *Host) Add(ctx context.Context, s AddSource) (Change, error) {
	lock, err := h.ReadLock()
	if err != nil {
		return Change{}, err
	}
	entry, binary, err := h.fetch(ctx, s)
	if err != nil {
		return Change{}, err
	}
	m, err := h.manifest(ctx, "", binary)
	if err != nil {
		return Change{}, err
	}
	version := entry.Version
	entry.describe(m)
	if entry.Name = m.Name; entry.Kind == Module {
		entry.Version = version
	}
	change := Change{New: &entry, Manifest: h.held(m)}
	if old, there := lock.find(m.Name); there {
		change.Old = &old
		entry.inherit(old, m)
	}
	p := &Plugin{Manifest: change.Manifest, Foreign: h.foreign(m), Binary: binary.Path, Sum: binary.Sum}
	if entry.Brings, err = h.brings(ctx, p); err != nil {
		return Change{}, err
	}
	if err := entry.grant(s.Grant, m, p.Asks()); err != nil {
		return Change{}, err
	}
	change.weigh(h, p)
	after := lock.without(m.Name)
	after.Plugins = append(after.Plugins, entry)
	_, err = h.place(after, m.Name)
	return change, err
}

// fetch is the entry's source and sums, and the binary for this machine.
func (h *Host) fetch(ctx context.Context, s AddSource) (Locked, stamp, error) {
	if s.Module == "" {
		return h.fetchFile(s)
	}
	got, err := h.download(ctx, s.Module, s.Version)
	if err != nil {
		return Locked{}, stamp{}, err
	}
	entry := Locked{Name: path.Base(got.Path), Kind: Module, Source: got.Path, Version: got.Version, Sum: got.Sum}
	binary, err := h.moduleBinary(ctx, entry, make(chan struct{}, 1))
	return entry, binary, err
}

func (h *Host) fetchFile(s AddSource) (Locked, stamp, error) {
	entry := Locked{Kind: Binary, Source: h.relative(s.Path), SHA256: map[string]string{}}
	binary, err := stampFile(h.path(s.Path), nil, h.now())
	if err != nil {
		return Locked{}, stamp{}, failure.New(failure.Preflight, "the binary cannot be read: %w", err).WithHint("mage plugin:add MODULE@VERSION, or the path of a binary")
	}
	entry.SHA256[runtime.GOOS+"/"+runtime.GOARCH] = binary.Sum
	for platform, file := range s.Others {
		sum, err := fingerprint.SumFile(h.path(file))
		if err != nil {
			return Locked{}, stamp{}, failure.New(failure.Preflight, "the binary for %s cannot be read: %w", manifest.Printable(platform), err).WithHint("build it first")
		}
		entry.SHA256[platform] = sum
	}
	return entry, binary, nil
}

// relative is how the lock names a path: from the root where it is below, so
// that it is the same on every machine.
func (h *Host) relative(file string) string {
	rel, err := filepath.Rel(h.Root, h.path(file))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(h.path(file))
	}
	return filepath.ToSlash(rel)
}

// inherit takes over what was granted before and is still asked for, and the
// sums for other machines as long as the plugin says the same of itself.
func (l *Locked) inherit(old Locked, m manifest.Manifest) {
	for _, key := range old.Permissions {
		if asksFor(m, key) {
			l.Permissions = append(l.Permissions, key)
		}
	}
	if old.Kind != Binary || l.Kind != Binary || old.Manifest != l.Manifest || old.Source != l.Source {
		return
	}
	for platform, sum := range old.SHA256 {
		if l.SHA256[platform] == "" {
			l.SHA256[platform] = sum
		}
	}
}

// grant adds permissions; only those that the plugin asks for.
func (l *Locked) grant(keys []string, m manifest.Manifest, asks []manifest.Permission) error {
	for _, key := range keys {
		if !asksFor(m, key) {
			var asked []string
			for _, p := range asks {
				asked = append(asked, p.Key)
			}
			slices.Sort(asked)
			return failure.New(failure.Usage, "plugin %q does not ask for the permission %q", m.Name, manifest.Printable(key)).
				WithHint("it asks for: %s", cmp.Or(strings.Join(asked, ", "), "nothing"))
		}
		l.Permissions = append(l.Permissions, key)
	}
	slices.Sort(l.Permissions)
	l.Permissions = slices.Compact(l.Permissions)
	return nil
}

// Remove is the change that takes a plugin out of the lock.
func (h *Host) Remove(name string) (Change, error) {
	lock, err := h.ReadLock()
	if err != nil {
		return Change{}, err
	}
	if old, there := lock.find(name); there {
		return Change{Old: &old}, nil
	}
	places, err := h.places()
	if err != nil {
		return Change{}, err
	}
	if at, there := places[name]; there {
		return Change{}, failure.New(failure.Usage, "plugin %q is %s, not added", name, at.Kind).WithHint("mage plugin:disable %s", name)
	}
	return Change{}, unknown(name, places)
}

// Apply writes a change into the lock as it is now.
func (h *Host) Apply(ctx context.Context, c Change) error {
	unlock, err := h.exclusive(ctx, owner("lock", h.Root))
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := h.ReadLock()
	if err != nil {
		return err
	}
	for _, entry := range []*Locked{c.Old, c.New} {
		if entry != nil {
			lock = lock.without(entry.Name)
		}
	}
	if c.New != nil {
		lock.Plugins = append(lock.Plugins, *c.New)
	}
	return h.WriteLock(lock)
}

// Verdict is what Verify found of one plugin.
type Verdict struct {
	Entry
	Plugin *Plugin // nil with Err
	Err    error
}

// Verify reads every file of every plugin again, whatever the cache says, and
// compares it with the lock.
func (h *Host) Verify(ctx context.Context) ([]Verdict, error) {
	places, err := h.places()
	if err != nil {
		return nil, err
	}
	doubting := *h
	doubting.doubt = true
	slots := make(chan struct{}, buildsAtOnce)
	var list []Verdict
	for _, name := range policy.Sorted(places) {
		v := Verdict{Entry: places[name].Entry}
		v.Plugin, v.Err = doubting.resolve(ctx, places[name], slots)
		if v.Err == nil {
			v.Err = doubting.proven(v.Plugin)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		list = append(list, v)
	}
	return list, nil
}

// proven hashes the binary itself once more.
func (h *Host) proven(p *Plugin) error {
	got, err := fingerprint.SumFile(p.Binary)
	if err == nil && got != p.Sum {
		err = tampered(p.Manifest.Name, p.Binary, p.Sum, got)
	}
	return err
}
