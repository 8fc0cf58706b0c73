package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
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

// block is the files of one directory.
type block struct {
	raw    []byte
	once   sync.Once
	mu     sync.Mutex
	known  []indexed // by name
	fresh  map[string]indexed
	listed []entry // all that is there, once it was read
}

type indexed struct {
	name   string
	status fingerprint.Status
	sum    sum
}

const magic = "spellbook tasks 1\n"

var table = crc32.MakeTable(crc32.Castagnoli)

// readIndex reads what is remembered. None, and one that is damaged, are the same.
func readIndex(path string) *index {
	x := &index{path: path, tasks: map[string]remembered{}, dirs: map[string]*block{}}
	data, err := os.ReadFile(path)
	if err != nil {
		return x
	}
	text, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(text) < 4 || crc32.Checksum(text[4:], table) != binary.LittleEndian.Uint32(text) {
		return x
	}
	r := newReader(text[4:])
	for range r.number() {
		x.tasks[r.text()] = remembered{key: r.text(), made: r.text(), log: r.text(), used: int64(r.number())}
	}
	for range r.number() {
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
	var w []byte
	w = binary.AppendUvarint(w, uint64(len(x.tasks)))
	for _, name := range sortedKeys(x.tasks) {
		t := x.tasks[name]
		for _, text := range []string{name, t.key, t.made, t.log} {
			w = appendText(w, text)
		}
		w = binary.AppendUvarint(w, uint64(t.used))
	}
	names := sortedKeys(x.dirs)
	for _, b := range x.dirs {
		x.dirty = x.dirty || b.changed()
	}
	if !x.dirty {
		return nil
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		b := x.dirs[name]
		if b.listed != nil || len(b.fresh) > 0 {
			return false
		}
		_, err := os.Lstat(absolute(name))
		return errors.Is(err, fs.ErrNotExist)
	})
	w = binary.AppendUvarint(w, uint64(len(names)))
	for _, name := range names {
		w = appendText(w, name)
		w = appendText(w, string(x.dirs[name].encode()))
	}
	head := binary.LittleEndian.AppendUint32([]byte(magic), crc32.Checksum(w, table))
	return state.Write(x.path, append(head, w...))
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
		x.tasks[name], x.dirty = t, true
	}
}

// dir is the block of a directory, an empty one where nothing is known of it.
func (x *index) dir(name string) *block {
	x.mu.Lock()
	b := x.dirs[name]
	if b == nil {
		b = &block{}
		x.dirs[name] = b
	}
	x.mu.Unlock()
	b.once.Do(b.decode)
	return b
}

func (b *block) decode() {
	r := newReader(b.raw)
	n := r.number()
	if n > uint64(len(b.raw)) {
		return
	}
	b.known = make([]indexed, 0, n)
	for range n {
		f := indexed{name: r.text()}
		f.status = fingerprint.Status{Mode: fs.FileMode(r.number()), Size: int64(r.number()),
			Modified: int64(r.number()), Changed: int64(r.number()), Inode: r.number()}
		copy(f.sum[:], r.take(len(f.sum)))
		b.known = append(b.known, f)
	}
}

// join gives entries, which are in order of their names, the sums that are known of
// them.
func (b *block) join(entries []entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listed = entries
	if entries == nil {
		b.listed = []entry{}
	}
	i := 0
	for n := range entries {
		e := &entries[n]
		if f, ok := b.fresh[e.name]; ok {
			e.known(f)
			continue
		}
		for i < len(b.known) && b.known[i].name < e.name {
			i++
		}
		if i < len(b.known) && b.known[i].name == e.name {
			e.known(b.known[i])
		}
	}
}

// find is what is known of one file.
func (b *block) find(name string) (indexed, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f, ok := b.fresh[name]; ok {
		return f, true
	}
	i, ok := slices.BinarySearchFunc(b.known, name, func(f indexed, n string) int { return strings.Compare(f.name, n) })
	if !ok {
		return indexed{}, false
	}
	return b.known[i], true
}

func (b *block) put(f indexed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh == nil {
		b.fresh = map[string]indexed{}
	}
	b.fresh[f.name] = f
}

// changed: a sum is new, or a file is gone.
func (b *block) changed() bool { return len(b.fresh) > 0 || b.listed != nil && len(b.gone()) > 0 }

// gone are the known files that are no longer listed.
func (b *block) gone() (names []string) {
	for _, f := range b.known {
		if _, there := slices.BinarySearchFunc(b.listed, f.name, func(e entry, n string) int { return strings.Compare(e.name, n) }); !there {
			names = append(names, f.name)
		}
	}
	return names
}

func (b *block) encode() []byte {
	if !b.changed() {
		return b.raw
	}
	b.once.Do(b.decode)
	all := map[string]indexed{}
	for _, f := range b.known {
		all[f.name] = f
	}
	for name, f := range b.fresh {
		all[name] = f
	}
	if b.listed != nil {
		for _, name := range b.gone() {
			delete(all, name)
		}
	}
	w := binary.AppendUvarint(nil, uint64(len(all)))
	for _, name := range sortedKeys(all) {
		f := all[name]
		w = appendText(w, name)
		for _, n := range []uint64{uint64(f.status.Mode), uint64(f.status.Size), uint64(f.status.Modified), uint64(f.status.Changed), f.status.Inode} {
			w = binary.AppendUvarint(w, n)
		}
		w = append(w, f.sum[:]...)
	}
	return w
}

func appendText(w []byte, text string) []byte {
	return append(binary.AppendUvarint(w, uint64(len(text))), text...)
}

// reader takes apart what was appended. What is cut short reads as zeros.
type reader struct {
	rest  []byte
	whole string // what rest is the end of, so that many texts are one allocation
}

func newReader(data []byte) reader { return reader{data, string(data)} }

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
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
func (r *reader) text() string {
	n := len(r.bytes())
	end := len(r.whole) - len(r.rest)
	return r.whole[end-n : end]
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
