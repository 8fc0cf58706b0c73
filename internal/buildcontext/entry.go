package buildcontext

import (
	"encoding/hex"
	"io/fs"
)

// status is what a stat says; times in nanoseconds since 1970. ctime and inode
// are 0 where the system has none.
type status struct {
	mode         fs.FileMode
	size         int64
	mtime, ctime int64
	inode        uint64
	device       uint64 // the numbers of a device
}

// same says that nothing was done to the file between two looks at it.
func (s status) same(o status) bool {
	return s.mode == o.mode && s.size == o.size && s.mtime == o.mtime && s.ctime == o.ctime && s.inode == o.inode
}

// sent is how BuildKit passes a mode on: a socket as a regular file, which
// turns out to be empty, and links with the same mode on every system.
func (s status) sent() fs.FileMode {
	if s.mode&fs.ModeSymlink != 0 {
		return fs.ModeSymlink | 0o777
	}
	return s.mode &^ fs.ModeSocket
}

// indexed says whether the index keeps the sum: where there is one to read for.
func (s status) indexed() bool { return s.mode.IsRegular() || s.mode&fs.ModeSymlink != 0 }

// entry is a File while it is being read.
type entry struct {
	path string
	status
	sum    [32]byte
	summed bool
	known  bool // the sum is the index's
	lost   bool // it vanished, or became something else
}

// files are the entries as callers see them. All sums share one text.
func files(entries []*entry) []File {
	raw := make([]byte, 0, len(entries)*32)
	for _, e := range entries {
		if e.summed {
			raw = append(raw, e.sum[:]...)
		}
	}
	sums, out := hex.EncodeToString(raw), make([]File, 0, len(entries))
	for _, e := range entries {
		f := File{Path: e.path, Mode: e.sent()}
		if e.summed {
			f.Sum, sums = sums[:64], sums[64:]
		}
		if e.indexed() {
			f.Size = e.size
		}
		if !e.mode.IsDir() {
			f.ModTime, f.ChangeTime = e.mtime, e.ctime
		}
		out = append(out, f)
	}
	return out
}
