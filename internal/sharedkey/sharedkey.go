// Package sharedkey hands directories to a builder under names that it
// remembers nothing wrong under.
//
// BuildKit keeps what it was sent of a directory, by a key that the base name of
// the build context's path is the most of. Of a file that has the size, mode and
// mtime of the one it keeps it asks no content, and a directory whose mode has
// changed it takes for what it was. So a name serves again only while all that
// was ever sent under it is known, and contradicts nothing that is to be sent
// now; otherwise there is a new name, at random, under which the builder has
// nothing. A name is that of a symbolic link, which the builder's client
// follows.
//
// It imports buildcontext's values and state, and nothing else of ours.
package sharedkey

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
)

// Main is the mount of a build's own context. Its path gives a key its name.
const Main = "context"

// Mount is a directory that a builder is sent.
type Mount struct {
	Name string // Main, or what tells it from the build's others
	Dir  string // absolute
}

// Sent is what a builder is sent: files by what they are sent for, which is a
// mount's name, or that and more where BuildKit remembers parts of it apart.
type Sent map[string][]buildcontext.File

// Same reports whether nothing was done to any file between two looks, not even
// such that it is now as it was before.
func (s Sent) Same(o Sent) bool { return maps.EqualFunc(s, o, slices.Equal) }

// Key is a name that is in use: nobody else takes it until Keep or Drop.
type Key struct {
	dir   string
	name  string
	lock  *flock.Flock // nil: it serves once
	links map[string]string
	// Copied says that there can be no links here, so that the mounts are copies.
	Copied bool
}

// Path is where a mount is found under this key.
func (k *Key) Path(mount string) string { return filepath.Join(k.dir, k.links[mount]) }

// Once makes a key in dir that is used once.
func Once(dir string, mounts []Mount) (*Key, error) {
	name, err := random()
	if err != nil {
		return nil, err
	}
	k := newKey(filepath.Join(dir, name), mounts)
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return nil, fmt.Errorf("name build context: %w", err)
	}
	if err := k.mount(mounts, os.Symlink); err != nil {
		return nil, err
	}
	return k, nil
}

func random() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name build context: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// newKey gives each mount a base name that no other key has: BuildKit tells
// additional contexts by their own.
func newKey(dir string, mounts []Mount) *Key {
	k := &Key{dir: dir, name: filepath.Base(dir), links: map[string]string{}}
	for i, m := range mounts {
		k.links[m.Name] = k.name + "-" + strconv.Itoa(i)
	}
	return k
}

// mount makes the links. Where the system refuses them (Windows does to most
// users), each mount is a copy, whose files are all new to the builder.
func (k *Key) mount(mounts []Mount, link func(target, path string) error) error {
	for _, m := range mounts {
		path := k.Path(m.Name)
		if link(m.Dir, path) == nil {
			continue
		}
		k.Copied = true
		if err := os.CopyFS(path, os.DirFS(m.Dir)); err != nil {
			return fmt.Errorf("copy build context %q, as it cannot be linked: %w", m.Dir, err)
		}
	}
	return nil
}

// Keep ends a use after which the builder has what Take was told, or less. The
// name may serve again.
func (k *Key) Keep() {
	if k.lock == nil || k.Copied {
		k.Drop()
		return
	}
	_ = os.Remove(filepath.Join(k.dir, marker))
	_ = k.lock.Unlock()
}

// Drop ends a use of which nobody knows what the builder has been sent. The name
// never serves again.
func (k *Key) Drop() {
	_ = os.Remove(filepath.Join(k.dir, record)) // before somebody else can have the lock
	if k.lock != nil {
		_ = k.lock.Unlock()
	}
	_ = os.RemoveAll(k.dir)
}
