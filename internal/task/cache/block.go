package cache

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// entry is one name of a directory: what a stat says of it, and for a file the sum of its
// content, where that is known.
type entry struct {
	name   string
	status fingerprint.Status
	sum    sum
	summed bool
}

// block is what the index has of one directory: its names in order, and its own status
// when they were listed. Whoever makes, removes or renames something in a directory
// changes that, so as long as it is the same nothing has to be listed. What the files are
// now each is asked all the same: who writes to one does not touch its directory.
type block struct {
	raw []byte

	mu      sync.Mutex
	decoded bool
	known   []entry // from raw, for find
	fresh   map[string]entry
	listed  []string           // what is there, where that is to be remembered
	own     fingerprint.Status // of the directory, when that was listed
	seen    bool               // there is such a directory
}

// look is what is in the directory of a name below root now, in the order of names, with the
// sums that are known. now is the time in nanoseconds since 1970.
func (b *block) look(root opened, name string, now int64) ([]entry, error) {
	own, err := root.stat(name)
	if err != nil {
		return nil, err
	}
	entries, unchanged := b.expect(own)
	if unchanged && len(entries) <= fewFiles {
		return stat(entries, func(file string) (fingerprint.Status, error) { return root.lstat(under(name, file)) })
	}
	dir, err := fingerprint.OpenDir(root.absolute(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	if !unchanged {
		names, err := dir.Names()
		if err != nil {
			return nil, err
		}
		entries = b.list(names, own, now)
	}
	return stat(entries, dir.At)
}

// fewFiles are asked for by their paths: to open their directory takes longer.
const fewFiles = 3

// stat brings the entries up to date.
func stat(entries []entry, at func(name string) (fingerprint.Status, error)) ([]entry, error) {
	gone := false
	for i := range entries {
		e := &entries[i]
		now, err := at(e.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			e.name, gone = "", true
			continue
		case err != nil:
			return nil, err
		}
		e.summed = e.summed && e.status.Same(now)
		e.status = now
	}
	if gone {
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.name == "" })
	}
	return entries, nil
}

// expect is what was there when the directory had this status, where that is known. A
// system without a time of an inode's change is not believed.
func (b *block) expect(own fingerprint.Status) (entries []entry, unchanged bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = true
	then, entries := decode(b.raw)
	if own.Changed == 0 || !own.Same(then) {
		return nil, false
	}
	if len(b.fresh) > 0 {
		b.join(entries, nil)
	}
	return entries, true
}

// list is an entry for each of the names, as it was when it was summed. The names are
// remembered only if whoever changes them from now on changes the directory's status, too.
func (b *block) list(names []string, own fingerprint.Status, now int64) []entry {
	slices.Sort(names)
	entries := make([]entry, len(names))
	for i, name := range names {
		entries[i].name = name
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, known := decode(b.raw)
	b.join(entries, known)
	if own.Changed != 0 && own.Settled(now) {
		b.listed, b.own = names, own
	}
	return entries
}

// join gives entries what is known of them; both are in order.
func (b *block) join(entries, known []entry) {
	for i := range entries {
		name := entries[i].name
		for len(known) > 0 && known[0].name < name {
			known = known[1:]
		}
		if len(known) > 0 && known[0].name == name {
			entries[i] = known[0]
		}
		if f, ok := b.fresh[name]; ok {
			entries[i] = f
		}
	}
}

// find is what is known of one file.
func (b *block) find(name string) (entry, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f, ok := b.fresh[name]; ok {
		return f, true
	}
	if !b.decoded {
		_, b.known = decode(b.raw)
		b.decoded = true
	}
	i, ok := slices.BinarySearchFunc(b.known, name, func(e entry, n string) int { return strings.Compare(e.name, n) })
	if !ok || !b.known[i].summed {
		return entry{}, false
	}
	return b.known[i], true
}

func (b *block) put(e entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh == nil {
		b.fresh = map[string]entry{}
	}
	b.fresh[e.name] = e
}

// changed: a sum is new, or what is listed.
func (b *block) changed() bool { return len(b.fresh) > 0 || b.listed != nil && len(b.raw) > 0 }

// encode is the block as it is now: what is listed, where that is known, else what was,
// and what is new; nothing where no file of it has a sum.
func (b *block) encode() []byte {
	if !b.changed() {
		return b.raw
	}
	own, known := decode(b.raw)
	names := b.listed
	if names != nil {
		own = b.own
	} else {
		names = sortedKeys(b.fresh)
		for _, e := range known {
			names = append(names, e.name)
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	entries := make([]entry, len(names))
	w := binary.AppendUvarint(nil, uint64(len(names)))
	for i, name := range names {
		entries[i].name = name
		w = binary.AppendUvarint(w, uint64(len(name)))
	}
	for _, name := range names {
		w = append(w, name...)
	}
	b.join(entries, known)
	w = appendStatus(w, own)
	summed := false
	for _, e := range entries {
		if !e.summed {
			w = append(w, 0)
			continue
		}
		summed = true
		w = append(appendStatus(append(w, 1), e.status), e.sum[:]...)
	}
	if !summed {
		return nil
	}
	return w
}

func appendStatus(w []byte, s fingerprint.Status) []byte {
	for _, n := range []uint64{uint64(s.Mode), uint64(s.Size), uint64(s.Modified)} {
		w = binary.AppendUvarint(w, n)
	}
	return binary.AppendUvarint(binary.AppendVarint(w, s.Changed-s.Modified), s.Inode)
}

func (r *reader) status() fingerprint.Status {
	s := fingerprint.Status{Mode: fs.FileMode(r.number()), Size: int64(r.number()), Modified: int64(r.number())}
	s.Changed = s.Modified + r.signed()
	s.Inode = r.number()
	return s
}

// decode is the opposite of encode.
func decode(raw []byte) (own fingerprint.Status, entries []entry) {
	r := reader{raw}
	n := r.number()
	if n > uint64(len(raw)) {
		return own, nil
	}
	total, lengths := 0, r
	for range n {
		total += int(r.number())
	}
	names := string(r.take(total)) // of all, which is one allocation
	own = r.status()
	entries = make([]entry, n)
	for i := range entries {
		e := &entries[i]
		length := int(lengths.number())
		if length < 0 || length > len(names) {
			return fingerprint.Status{}, nil
		}
		e.name, names = names[:length], names[length:]
		if r.number() == 0 {
			continue
		}
		e.status = r.status()
		e.summed = copy(e.sum[:], r.take(len(e.sum))) == len(e.sum)
	}
	return own, entries
}
