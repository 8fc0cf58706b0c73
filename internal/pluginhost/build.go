package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

const (
	keepBuilds  = 5 // of one plugin of one directory
	maxAttempts = 5
)

// build is a source's way to a binary that is up to date.
type build struct {
	*Host
	source
	want  string // the h1: sum that the lock demands, of a module
	index index
	tool  string // what the go command says of itself
	slots chan struct{}
}

// upToDate gives the binary of exactly the sources that are there, and its
// sum. Where nothing changed, it only looks at times.
func (b *build) upToDate(ctx context.Context) (stamp, error) {
	settings := b.settings()
	if b.index = b.readIndex(b.owner); b.fresh(b.index, settings) {
		return b.index.Binary, nil
	}
	unlock, err := b.exclusive(ctx, b.owner)
	if err != nil {
		return stamp{}, err
	}
	defer unlock()
	if b.index = b.readIndex(b.owner); b.fresh(b.index, settings) {
		return b.index.Binary, nil // somebody else has built it meanwhile
	}
	if err := b.update(ctx, settings); err != nil {
		return stamp{}, err
	}
	b.writeIndex(b.owner, b.index)
	return b.index.Binary, nil
}

// update reads what changed, and builds if the content is new.
func (b *build) update(ctx context.Context, settings []string) error {
	tools, err := b.tools()
	if err != nil {
		return err
	}
	old := b.index
	if len(old.Dirs) > 0 {
		// A directory that is gone is as good a reason to build as a changed file.
		if files, err := b.collect(old.Dirs, b.believed(old.Files), b.now()); err == nil {
			if err := b.verify(files); err != nil {
				return err
			}
			if sameFiles(files, old.Files) && slices.Equal(settings, old.Settings) && slices.EqualFunc(tools, old.Tools, stamp.same) {
				if err := b.keep(files, tools); !errors.Is(err, errGone) {
					return err
				}
			}
		}
	}
	if b.tool, err = b.toolVersion(ctx, b.source); err != nil {
		return b.explain(err)
	}
	if err := b.rebuild(ctx); err != nil {
		return err
	}
	b.index.Settings, b.index.Tools = settings, tools
	return nil
}

// keep takes the binary of the index: its inputs are the same. If the binary is
// not, somebody else wrote it.
func (b *build) keep(files, tools []stamp) error {
	now := b.now()
	known := b.believed([]stamp{b.index.Binary})
	binary, err := stampFile(b.index.Binary.Path, byPath(known), now)
	switch {
	case err != nil:
		return b.missing(b.index.Binary.Path)
	case binary.Sum != b.index.Binary.Sum:
		return tampered(b.name, b.index.Binary.Path, b.index.Binary.Sum, binary.Sum)
	}
	b.index.Files, b.index.Tools, b.index.Binary = files, tools, binary
	return nil
}

func tampered(name, path, want, got string) error {
	return failure.New(failure.Preflight, "the binary of plugin %q was changed after it was built", name).
		WithDetails(path, "was sha256 "+want, "is  sha256 "+got).
		WithHint("find out who did; then remove it, and it is built anew: rm -r %s", filepath.Dir(path))
}

func (b *build) missing(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		return failure.New(failure.Preflight, "the binary of plugin %q is missing", b.name).WithDetails(path).
			WithHint("it is built anew when its directory is gone too: rm -r %s", filepath.Dir(path))
	}
	return errGone
}

// errGone is a cache that was cleaned: the plugin is built again.
var errGone = errors.New("the binary is gone")

// rebuild publishes a binary under the hash of exactly the content that it was
// made of: what changed while it was built is built again.
func (b *build) rebuild(ctx context.Context) error {
	if err := b.slot(ctx); err != nil {
		return err
	}
	defer func() { <-b.slots }()
	var known []stamp
	for range maxAttempts {
		dirs, files, err := b.look(ctx, known)
		if err != nil {
			return b.explain(err)
		}
		key := b.key(files, b.tool)
		binary, done, err := b.published(key)
		if err != nil {
			return err
		}
		if done {
			b.index = index{Dirs: dirs, Files: files, Key: key, Binary: binary}
			return nil
		}
		temp, err := b.compile(ctx)
		if err != nil {
			return b.explain(err)
		}
		after, again, err := b.look(ctx, files)
		if err == nil && slices.Equal(dirs, after) && sameFiles(files, again) {
			binary, err = b.publish(temp, key)
			b.index = index{Dirs: dirs, Files: again, Key: key, Binary: binary}
			return err
		}
		_ = os.RemoveAll(temp)
		known = again
	}
	return failure.New(failure.Preflight, "the sources of plugin %q kept changing while it was built", b.name).WithHint("try again")
}

// slot waits until few enough others build.
func (b *build) slot(ctx context.Context) error {
	select {
	case b.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// look asks which directories count, and stamps what is in them.
func (b *build) look(ctx context.Context, known []stamp) ([]string, []stamp, error) {
	dirs, err := b.inputs(ctx, b.source)
	if err != nil {
		return nil, nil, err
	}
	files, err := b.collect(dirs, known, b.now())
	if err != nil {
		return nil, nil, err
	}
	return dirs, files, b.verify(files)
}

// verify compares a module's directory with the sum in the lock.
func (b *build) verify(files []stamp) error {
	if b.whole == "" {
		return nil
	}
	if got := b.hash1(files); got != b.want {
		return failure.New(failure.Preflight, "plugin %q: the module %s is not the one in the lock", b.name, b.whole).
			WithDetails("lock "+b.want, "here "+got).
			WithHint("go clean -modcache, if nobody works in the module cache; else: mage plugin:add %s", b.whole)
	}
	return nil
}

// compile builds into a directory of its own in the cache.
func (b *build) compile(ctx context.Context) (string, error) {
	if err := os.MkdirAll(b.home(), 0o700); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(b.home(), ".new-")
	if err != nil {
		return "", err
	}
	args := append([]string{"build"}, b.mode("-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", filepath.Join(temp, b.file()), ".")...)
	if _, err := b.command(ctx, b.dir, b.goEnviron(b.source), args...); err != nil {
		_ = os.RemoveAll(temp)
		return "", err
	}
	sum, err := fingerprint.SumFile(filepath.Join(temp, b.file()))
	if err == nil {
		err = os.WriteFile(filepath.Join(temp, "sha256"), []byte(sum), 0o600)
	}
	return temp, err
}

func (b *build) home() string { return filepath.Join(b.Cache, "bin", b.owner) }

func (b *build) file() string {
	if runtime.GOOS == "windows" {
		return b.name + ".exe"
	}
	return b.name
}

// published is the binary of a key that was built before.
func (b *build) published(key string) (binary stamp, done bool, err error) {
	dir := filepath.Join(b.home(), key)
	want, err := readAtMost(filepath.Join(dir, "sha256"), 1024)
	if err != nil {
		return stamp{}, false, os.RemoveAll(dir)
	}
	path := filepath.Join(dir, b.file())
	binary, err = stampFile(path, nil, b.now())
	if err != nil {
		return stamp{}, false, os.RemoveAll(dir)
	}
	if binary.Sum != string(want) {
		return stamp{}, false, tampered(b.name, path, string(want), binary.Sum)
	}
	return binary, true, nil
}

func (b *build) publish(temp, key string) (stamp, error) {
	dir := filepath.Join(b.home(), key)
	if err := os.Rename(temp, dir); err != nil {
		return stamp{}, fmt.Errorf("publish plugin %q: %w", b.name, err)
	}
	b.prune(key)
	return stampFile(filepath.Join(dir, b.file()), nil, b.now())
}

// prune removes all but the latest builds.
func (b *build) prune(keep string) {
	dirs, _ := os.ReadDir(b.home())
	type old struct {
		path string
		at   time.Time
	}
	var list []old
	for _, d := range dirs {
		if info, err := d.Info(); err == nil && d.Name() != keep {
			list = append(list, old{path: filepath.Join(b.home(), d.Name()), at: info.ModTime()})
		}
	}
	slices.SortFunc(list, func(x, y old) int { return y.at.Compare(x.at) })
	for _, o := range list[min(len(list), keepBuilds-1):] {
		_ = os.RemoveAll(o.path)
	}
}

// explain makes what the compiler said one clear error.
func (b *build) explain(err error) error {
	var failed *goError
	if !errors.As(err, &failed) {
		return err
	}
	hint := "mend " + b.dir
	if b.whole != "" {
		hint = "ask its author, or take another version: mage plugin:add " + strings.Split(b.whole, "@")[0] + "@VERSION"
	}
	return failure.New(failure.Preflight, "plugin %q does not build", b.name).WithDetails(failed.lines()...).WithHint("%s", hint)
}
