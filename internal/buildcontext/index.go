package buildcontext

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"slices"

	"github.com/infinitescribe/spellbook/internal/state"
)

// An index file is head, the CRC-32C of the rest (4 bytes), and the records by
// path. Numbers are big-endian.
const (
	head   = "spellbook context index 1\n"
	record = 4 + 4*8 + 32 // bytes: mode, size, times, inode, sum
)

// index remembers sums by what stat says of a file, as git's does. A file that
// may yet change without its times showing it (git calls it racy) is never
// put in, and so is hashed again.
type index struct {
	path    string // "" keeps none
	look    bool   // it is not written
	started int64  // nanoseconds since 1970, before the first file was looked at
	records []byte
	stale   bool // a record did not serve
}

func newIndex(o Options) *index {
	if o.Now == nil || o.Index == "" {
		return &index{}
	}
	return &index{path: o.Index, look: o.Look, started: o.Now().UnixNano()}
}

// load leaves the index empty if the file is missing, damaged, or another
// version's.
func (x *index) load() {
	if x.path == "" {
		return
	}
	data, err := os.ReadFile(x.path)
	if err != nil {
		return
	}
	body, ok := bytes.CutPrefix(data, []byte(head))
	if !ok || len(body) < 4 || binary.BigEndian.Uint32(body) != checksum(body[4:]) {
		return
	}
	x.records = body[4:]
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// recall fills in the sums of entries, sorted by path, that are as they were,
// and returns the others that need one.
func (x *index) recall(entries []*entry) []*entry {
	var todo []*entry
	rest := x.records
	for _, e := range entries {
		if !e.indexed() {
			todo = append(todo, e)
			continue
		}
		path, data, after, ok := cut(rest)
		for ok && string(path) < e.path {
			x.stale, rest = true, after
			path, data, after, ok = cut(rest)
		}
		if ok && string(path) == e.path {
			rest, e.known = after, e.recall(data)
			x.stale = x.stale || !e.known
		}
		if !e.known {
			todo = append(todo, e)
		}
	}
	x.stale = x.stale || len(rest) > 0
	return todo
}

// cut splits the first record off: length of the path, path, data.
func cut(records []byte) (path, data, rest []byte, ok bool) {
	if len(records) < 4 {
		return nil, nil, nil, false
	}
	n := int(binary.BigEndian.Uint32(records))
	records = records[4:]
	if len(records) < n+record {
		return nil, nil, nil, false
	}
	return records[:n], records[n : n+record], records[n+record:], true
}

// recall takes the sum from a record that was made of the same file.
func (e *entry) recall(data []byte) bool {
	var mine [record]byte
	if !bytes.Equal(e.record(mine[:0])[:record-32], data[:record-32]) {
		return false
	}
	copy(e.sum[:], data[record-32:])
	e.summed = true
	return true
}

func (e *entry) record(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(e.Mode))
	for _, n := range []int64{e.Size, e.Modified, e.Changed, int64(e.Inode)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(b, e.sum[:]...)
}

// save writes the index if it would differ from the one that was loaded.
// Whoever writes last wins, which costs the other no more than hashing again;
// where nothing can be written there is no index.
func (x *index) save(entries []*entry) {
	fresh := func(e *entry) bool { return e.indexed() && !e.known && e.Settled(x.started) }
	if x.path == "" || x.look || !x.stale && !slices.ContainsFunc(entries, fresh) {
		return
	}
	data := make([]byte, len(head)+4, len(head)+4+len(entries)*128)
	for _, e := range entries {
		if e.known || fresh(e) {
			data = binary.BigEndian.AppendUint32(data, uint32(len(e.path)))
			data = e.record(append(data, e.path...))
		}
	}
	copy(data, head)
	binary.BigEndian.PutUint32(data[len(head):], checksum(data[len(head)+4:]))
	_ = state.Write(x.path, data)
}
