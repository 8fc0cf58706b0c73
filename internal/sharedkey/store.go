package sharedkey

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
)

// The files of a key beside its links.
const (
	lockFile = "lock"
	record   = "sent"
	marker   = "sending" // it is there while the builder is sent something
)

// most is how many keys are kept for the same mounts: for builds at the same
// time, and for contents that contradict each other and take turns.
const most = 8

// Store is where keys lie, in a directory for each set of mounts.
type Store struct{ Dir string }

// Take returns a key under which a builder has nothing that contradicts what is
// to be sent: one that served before where there is one, or else a new one, as
// with fresh. What is sent is written down first, so that a run that is killed
// leaves no name that is believed.
func (s Store) Take(mounts []Mount, sent Sent, fresh bool) (*Key, error) {
	mounts = slices.SortedFunc(slices.Values(mounts), func(a, b Mount) int { return cmp.Compare(a.Name, b.Name) })
	dir, news := s.group(mounts), digest(sent)
	for i, name := range keys(dir) {
		k, ok := open(filepath.Join(dir, name), mounts)
		if !ok {
			continue // another run's
		}
		known, ok := k.read()
		switch {
		case !ok, fresh, i >= most:
			k.Drop()
		case known.add(news) && k.begin(known) == nil:
			return k, nil
		default:
			_ = k.lock.Unlock()
		}
	}
	return create(dir, mounts, news)
}

// group is the directory of the keys for a set of mounts.
func (s Store) group(mounts []Mount) string {
	h := sha256.New()
	for _, m := range mounts {
		_, _ = fmt.Fprintf(h, "%q %q\n", m.Name, m.Dir)
	}
	return filepath.Join(s.Dir, hex.EncodeToString(h.Sum(nil))[:16])
}

// keys are the names of those that were used before, the latest first.
func keys(dir string) []string {
	type used struct {
		name string
		at   int64
	}
	var list []used
	entries, _ := os.ReadDir(dir) // none, where nothing was built yet
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue // it is being made
		}
		u := used{name: e.Name()}
		if info, err := os.Stat(filepath.Join(dir, u.name, record)); err == nil {
			u.at = info.ModTime().UnixNano()
		}
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b used) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.name, b.name)) })
	names := make([]string, 0, len(list))
	for _, u := range list {
		names = append(names, u.name)
	}
	return names
}

// open takes the lock of a key; false says that it is in use.
func open(dir string, mounts []Mount) (*Key, bool) {
	k := newKey(dir, mounts)
	k.lock = flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	got, err := k.lock.TryLock()
	return k, got && err == nil
}

// read is what was ever sent under this key. false: nobody knows all of it, as a
// use did not end, or as this is a copy of the key, made from a backup or with
// the whole checkout.
func (k *Key) read() (history, bool) {
	if _, err := os.Lstat(filepath.Join(k.dir, marker)); err == nil {
		return history{}, false
	}
	id, err := identify(filepath.Join(k.dir, lockFile))
	if err != nil {
		return history{}, false
	}
	data, err := os.ReadFile(filepath.Join(k.dir, record))
	if err != nil {
		return history{}, false
	}
	h, ok := parse(data)
	return h, ok && h.of == id
}

// begin writes down what is sent from now on, so that it outlives a power cut.
func (k *Key) begin(h history) error {
	if h.grown {
		if err := state.WriteSynced(filepath.Join(k.dir, record), h.bytes()); err != nil {
			return err
		}
	}
	if err := state.WriteSynced(filepath.Join(k.dir, marker), nil); err != nil {
		return err
	}
	return flush(k.dir)
}

// flush makes a directory's entries last, where the system can do that.
func flush(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // Windows does not know it
	return f.Close()
}

// create makes a key out of the others' sight, so that it is whole when they see
// it.
func create(dir string, mounts []Mount, h history) (*Key, error) {
	name, err := random()
	if err != nil {
		return nil, err
	}
	hidden := filepath.Join(dir, "."+name)
	if err := os.MkdirAll(hidden, 0o700); err != nil {
		return nil, fmt.Errorf("name build context: %w", err)
	}
	k, err := fill(hidden, filepath.Join(dir, name), mounts, h)
	if err != nil {
		_ = os.RemoveAll(hidden)
		return nil, fmt.Errorf("name build context: %w", err)
	}
	return k, nil
}

func fill(hidden, dir string, mounts []Mount, h history) (*Key, error) {
	k := newKey(dir, mounts)
	k.dir = hidden
	k.lock = flock.New(filepath.Join(hidden, lockFile), flock.SetPermissions(0o600))
	if got, err := k.lock.TryLock(); err != nil || !got {
		return nil, cmp.Or(err, io.ErrNoProgress)
	}
	var err error
	if h.of, err = identify(filepath.Join(hidden, lockFile)); err == nil {
		h.grown = true
		err = cmp.Or(k.mount(mounts, os.Symlink), k.begin(h), os.Rename(hidden, dir))
	}
	if err != nil {
		_ = k.lock.Unlock()
		return nil, err
	}
	k.dir = dir
	return k, nil
}
