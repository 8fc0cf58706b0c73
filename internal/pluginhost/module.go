package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/state"
)

// moduleBinary builds a module of somebody else from the module cache, after
// its directory was found to have the sum in the lock.
func (h *Host) moduleBinary(ctx context.Context, l Locked, slots chan struct{}) (stamp, error) {
	dir, err := h.moduleDir(ctx, l)
	if err != nil {
		return stamp{}, err
	}
	s := source{name: l.Name, owner: owner(l.Name, dir), dir: dir, module: dir, whole: l.where(), work: "off"}
	b := &build{Host: h, source: s, want: l.Sum, slots: slots}
	return b.upToDate(ctx)
}

// moduleDir is where the module lies: as remembered, or as the go command says
// after it has downloaded it.
func (h *Host) moduleDir(ctx context.Context, l Locked) (string, error) {
	path := filepath.Join(h.Cache, "modules", owner(l.Name, l.where()+" "+l.Sum))
	if data, err := readAtMost(path, 4096); err == nil {
		if dir := string(data); look(dir, h.now()).Size >= 0 {
			return dir, nil
		}
	}
	got, err := h.download(ctx, l.Source, l.Version)
	if err != nil {
		return "", err
	}
	if got.Sum != l.Sum {
		return "", failure.New(failure.Preflight, "plugin %q: the module %s is not the one in the lock", l.Name, l.where()).
			WithDetails("lock "+l.Sum, "here "+got.Sum).
			WithHint("find out who changed it; to take it: mage plugin:add %s", l.where())
	}
	_ = state.Write(path, []byte(got.Dir)) // it saves a question to the go command, no more
	return got.Dir, nil
}

// downloaded is what go mod download says.
type downloaded struct{ Path, Version, Dir, Sum, GoModSum, Error string }

// download brings a module here. The go command asks the checksum database,
// unless the user's GONOSUMDB, GOFLAGS and the like say otherwise.
func (h *Host) download(ctx context.Context, module, version string) (downloaded, error) {
	var got downloaded
	dir := filepath.Join(h.Cache, "download") // of no module, so that no go.sum vouches for it
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return got, err
	}
	if _, err := h.tools(); err != nil {
		return got, err
	}
	env := append(h.goEnviron(source{work: "off"}), "GO111MODULE=on")
	out, err := h.command(ctx, dir, env, "mod", "download", "-json", module+"@"+version)
	if jsonErr := json.Unmarshal(out, &got); err == nil && jsonErr != nil {
		return got, jsonErr
	}
	var failed *goError
	if err != nil && !errors.As(err, &failed) {
		return got, err
	}
	if err != nil || got.Error != "" {
		said := &goError{text: got.Error}
		if got.Error == "" {
			said = failed
		}
		return got, failure.New(failure.Preflight, "the module %s@%s cannot be had", manifest.Printable(module), manifest.Printable(version)).WithDetails(said.lines()...).
			WithHint("is it spelled as in its go.mod, and is the version there? go list -m -versions %s", module)
	}
	if _, err := os.Stat(filepath.Join(got.Dir, "go.mod")); err != nil {
		return got, failure.New(failure.Preflight, "the module %s@%s has no go.mod", module, got.Version).WithHint("ask its author for one")
	}
	if !isPlugin(got.Dir) {
		return got, failure.New(failure.Preflight, "the module %s@%s is no program: a plugin's package main is at its top", module, got.Version).
			WithHint("is it the right module? %s", strings.TrimPrefix(module, "https://"))
	}
	return got, nil
}
