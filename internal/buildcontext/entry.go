package buildcontext

import (
	"encoding/hex"
	"io/fs"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// sent is how BuildKit passes a mode on: a socket as a regular file, which
// turns out to be empty, and links with the same mode on every system.
func (e *entry) sent() fs.FileMode {
	if e.Mode&fs.ModeSymlink != 0 {
		return fs.ModeSymlink | 0o777
	}
	return sentMode(e.Mode) &^ fs.ModeSocket
}

// indexed says whether the index keeps the sum: where there is one to read for.
func (e *entry) indexed() bool { return e.Mode.IsRegular() || e.Mode&fs.ModeSymlink != 0 }

// entry is a File while it is being read.
type entry struct {
	path string
	fingerprint.Status
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
			f.Size = e.Size
		}
		if !e.Mode.IsDir() {
			f.ModTime, f.ChangeTime = e.Modified, e.Changed
		}
		out = append(out, f)
	}
	return out
}
