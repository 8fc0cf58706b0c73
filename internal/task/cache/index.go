package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
)

// sum is a sha256.
type sum [32]byte

// index is the one file of what is remembered of all tasks and of all files that they
// depend on: read whole, decoded a directory at a time, written when something in it
// has changed. Files of one checkout are in it by their path from the root, others by
// their absolute path.
type index struct {
	path  string
	mu    sync.Mutex
	tasks map[string]remembered
	set   map[string]bool // tasks that this run has something new of
	dirs  map[string]*block
	dirty bool
}

// remembered is what the last run of a task that passed came to.
type remembered struct {
	key  string
	made string
	log  string // object with its output; "" where it said nothing
	used int64  // when the record was last marked as used, in seconds since 1970
}

const magic = "spellbook tasks 2\n"

// checksum makes its table at its first use: most targets have no tasks.
func checksum(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

// readIndex reads what is remembered. None, and one that is damaged, are the same.
func readIndex(path string) *index {
	x := &index{path: path, tasks: map[string]remembered{}, set: map[string]bool{}, dirs: map[string]*block{}}
	data, err := os.ReadFile(path)
	if err != nil {
		return x
	}
	text, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(text) < 4 || checksum(text[4:]) != binary.LittleEndian.Uint32(text) {
		return x
	}
	r := reader{text[4:]}
	n := r.number()
	x.tasks = make(map[string]remembered, min(n, uint64(len(text))))
	for range n {
		x.tasks[r.text()] = remembered{key: r.text(), made: r.text(), log: r.text(), used: int64(r.number())}
	}
	n = r.number()
	x.dirs = make(map[string]*block, min(n, uint64(len(text))))
	for range n {
		name := r.text()
		x.dirs[name] = &block{raw: r.bytes()}
	}
	return x
}

// write writes the index where something has changed. Directories that nobody looked at
// and that are no more are forgotten.
func (x *index) write(absolute func(dir string) string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range x.dirs {
		x.dirty = x.dirty || b.changed()
	}
	if !x.dirty {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(x.path), 0o700); err != nil {
		return err
	}
	lock := flock.New(x.path+".lock", flock.SetPermissions(0o600))
	_ = lock.Lock() // where that cannot be, the last that writes wins
	defer func() { _ = lock.Close() }()
	x.join(readIndex(x.path))
	w := binary.AppendUvarint(nil, uint64(len(x.tasks)))
	for _, name := range sortedKeys(x.tasks) {
		t := x.tasks[name]
		for _, text := range []string{name, t.key, t.made, t.log} {
			w = appendText(w, text)
		}
		w = binary.AppendUvarint(w, uint64(t.used))
	}
	var dirs []byte
	n := 0
	for _, name := range sortedKeys(x.dirs) {
		b := x.dirs[name]
		if !b.seen && len(b.fresh) == 0 {
			if _, err := os.Lstat(absolute(name)); errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		if raw := b.encode(); len(raw) > 0 {
			dirs = appendText(appendText(dirs, name), raw)
			n++
		}
	}
	w = append(binary.AppendUvarint(w, uint64(n)), dirs...)
	head := binary.LittleEndian.AppendUint32([]byte(magic), checksum(w))
	return state.Write(x.path, append(head, w...))
}

// join takes over what another run has written since, of all that this run has nothing new of.
func (x *index) join(now *index) {
	for name, t := range x.tasks {
		if x.set[name] {
			now.tasks[name] = t
		}
	}
	for name, b := range x.dirs {
		if then := now.dirs[name]; then == nil || b.changed() {
			now.dirs[name] = b
		} else {
			then.seen = b.seen
		}
	}
	x.tasks, x.dirs = now.tasks, now.dirs
}

func (x *index) task(name string) (remembered, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	t, ok := x.tasks[name]
	return t, ok
}

func (x *index) setTask(name string, t remembered) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.tasks[name] != t {
		x.tasks[name], x.set[name], x.dirty = t, true, true
	}
}

// dir is the block of a directory, an empty one where nothing is known of it.
func (x *index) dir(name string) *block {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := x.dirs[name]
	if b == nil {
		b = &block{}
		x.dirs[name] = b
	}
	return b
}

func appendText[T string | []byte](w []byte, text T) []byte {
	return append(binary.AppendUvarint(w, uint64(len(text))), text...)
}

// reader takes apart what was appended. What is cut short reads as zeros.
type reader struct{ rest []byte }

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest = nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) bytes() []byte { return r.take(int(r.number())) }
func (r *reader) text() string  { return string(r.bytes()) }

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
