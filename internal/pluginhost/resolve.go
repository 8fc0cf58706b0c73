package pluginhost

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// buildsAtOnce bounds how many compilers run: each takes all processors.
const buildsAtOnce = 2

// Resolve builds what changed, verifies everything against the lock, and gives
// the plugins in the order of names. Where nothing changed no process starts.
// All that is wrong ends with exit code 3 and leaves the lock as it is.
func (h *Host) Resolve(ctx context.Context, names []string) ([]*Plugin, error) {
	places, err := h.wanted(names)
	if err != nil {
		return nil, err
	}
	list, errs := make([]*Plugin, len(names)), make([]error, len(names))
	slots := make(chan struct{}, buildsAtOnce)
	var wait sync.WaitGroup
	for i, at := range places {
		wait.Go(func() { list[i], errs[i] = h.resolve(ctx, at, slots) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err // the first in the order of names; the others wait for their turn
		}
	}
	return list, nil
}

// wanted are the places of the names; those that nobody named are not looked at.
func (h *Host) wanted(names []string) ([]place, error) {
	if len(names) == 0 {
		return nil, nil
	}
	lock, err := h.ReadLock()
	if err != nil {
		return nil, err
	}
	var list []place
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, failure.New(failure.Preflight, "plugin %q is named twice", manifest.Printable(name))
		}
		at, err := h.place(lock, name)
		if err != nil {
			return nil, err
		}
		if len(at) == 0 {
			places, err := h.places()
			if err != nil {
				return nil, err
			}
			return nil, unknown(name, places)
		}
		list = append(list, at[0])
	}
	return list, nil
}

// resolve makes one plugin of a place.
func (h *Host) resolve(ctx context.Context, at place, slots chan struct{}) (*Plugin, error) {
	binary, err := h.binary(ctx, at, slots)
	if err != nil {
		return nil, err
	}
	p := &Plugin{Kind: at.Kind, Source: at.Source, Binary: binary.Path, Sum: binary.Sum}
	if p.Manifest, err = h.manifest(ctx, at.Name, binary); err != nil {
		return nil, err
	}
	said := p.Manifest
	p.Manifest, p.Foreign = h.held(said), h.foreign(said)
	if at.Kind.IsOwn() {
		for _, permission := range p.Asks() {
			p.Granted = append(p.Granted, permission.Key)
		}
		return p, nil
	}
	p.Granted = at.locked.Permissions
	return p, at.locked.verify(said)
}

// binary is the file of a plugin, built or as it is, and its sum.
func (h *Host) binary(ctx context.Context, at place, slots chan struct{}) (stamp, error) {
	switch at.Kind {
	case Module:
		return h.moduleBinary(ctx, at.locked, slots)
	case Binary:
		return h.localBinary(at.locked)
	case BuiltIn, Project:
	}
	root := h.Root
	if at.Kind == BuiltIn {
		root = h.Module
	}
	b := &build{Host: h, source: h.sourceIn(at.Name, root, at.dir), slots: slots}
	return b.upToDate(ctx)
}

// localBinary is a file with a sum for this platform; it is read when its times
// changed.
func (h *Host) localBinary(l Locked) (stamp, error) {
	path, here := h.path(l.Source), runtime.GOOS+"/"+runtime.GOARCH
	want := l.SHA256[here]
	if want == "" {
		return stamp{}, failure.New(failure.Preflight, "plugin %q has no binary for %s in the lock", l.Name, here).
			WithDetails("it has one for: "+fmt.Sprint(policy.Sorted(l.SHA256))).
			WithHint("mage plugin:add %s, with the file for this machine", l.Source)
	}
	if _, err := os.Stat(path); err != nil {
		return stamp{}, failure.New(failure.Preflight, "the binary of plugin %q is missing: %s", l.Name, l.Source).
			WithHint("put it there, or: mage plugin:remove %s", l.Name)
	}
	id := owner(l.Name, path)
	old, now := h.readIndex(id), h.now()
	if !h.doubt && old.Binary.Path == path && old.Binary.Sum == want && old.Binary.unchanged(now) {
		return old.Binary, nil
	}
	binary, err := stampFile(path, nil, now)
	if err != nil {
		return stamp{}, fmt.Errorf("read plugin %q: %w", l.Name, err)
	}
	if binary.Sum != want {
		return stamp{}, failure.New(failure.Preflight, "the binary of plugin %q is not the one in the lock", l.Name).
			WithDetails(l.Source, "lock sha256 "+want, "here sha256 "+binary.Sum).
			WithHint("if you changed it yourself: mage plugin:add %s", l.Source)
	}
	h.writeIndex(id, index{Binary: binary})
	return binary, nil
}

// path is a lock's path on this machine.
func (h *Host) path(source string) string {
	if filepath.IsAbs(source) {
		return source
	}
	return filepath.Join(h.Root, filepath.FromSlash(source))
}

// verify compares what a plugin says of itself with the lock.
func (l Locked) verify(m manifest.Manifest) error {
	now := l
	now.describe(m)
	if l.Kind == Module {
		now.Version = l.Version // the module's; the manifest may say otherwise
	}
	again := "mage plugin:add " + l.where()
	if diff := l.diff(now); len(diff) > 0 {
		return failure.New(failure.Preflight, "plugin %q is no longer what the lock says", l.Name).WithDetails(diff...).
			WithHint("look at the change; to take it: %s", again)
	}
	for _, key := range l.Permissions {
		if !asksFor(m, key) {
			return failure.New(failure.Preflight, "the lock grants plugin %q the permission %s, which it does not ask for", l.Name, key).
				WithHint("%s", again)
		}
	}
	return nil
}

// describe fills in what the manifest says.
func (l *Locked) describe(m manifest.Manifest) {
	l.Manifest, l.API = m.Digest(), fmt.Sprint(m.APIMin)
	if m.APIMax != m.APIMin {
		l.API = fmt.Sprintf("%d-%d", m.APIMin, m.APIMax)
	}
	l.Version = m.Version
}

// diff are the lines in which two entries differ, old and new.
func (l Locked) diff(now Locked) []string {
	var list []string
	line := func(what, a, b string) {
		if a != b && a != "" {
			list = append(list, "- "+what+" "+a)
		}
		if a != b && b != "" {
			list = append(list, "+ "+what+" "+b)
		}
	}
	line("source", l.Source, now.Source)
	line("version", l.Version, now.Version)
	line("sum", l.Sum, now.Sum)
	platforms := map[string]bool{}
	for _, m := range []map[string]string{l.SHA256, now.SHA256} {
		for platform := range m {
			platforms[platform] = true
		}
	}
	for _, platform := range policy.Sorted(platforms) {
		line("sha256 "+platform, l.SHA256[platform], now.SHA256[platform])
	}
	line("manifest", l.Manifest, now.Manifest)
	line("api", l.API, now.API)
	return append(append(list, news(permissionLines(l), permissionLines(now))...), news(l.Brings, now.Brings)...)
}

func permissionLines(l Locked) (lines []string) {
	for _, key := range l.Permissions {
		lines = append(lines, "permission "+key)
	}
	return lines
}

// Program is the verified file of one plugin, whatever it says of itself: what
// the conformance kit runs to show all that is wrong with it.
func (h *Host) Program(ctx context.Context, name string) (string, error) {
	at, err := h.wanted([]string{name})
	if err != nil {
		return "", err
	}
	binary, err := h.binary(ctx, at[0], make(chan struct{}, 1))
	return binary.Path, err
}
