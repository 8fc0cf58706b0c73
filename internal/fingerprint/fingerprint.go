// Package fingerprint tells whether a file has changed without reading it: by what
// stat says, and by whether that can be trusted yet. What a tree is, and which files
// of it count, is for those who walk one. It imports nothing of ours.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"time"
)

// Status is what a stat says; times in nanoseconds since 1970. Changed, that of the
// inode, and Inode are 0 where the system has none.
type Status struct {
	Mode              fs.FileMode
	Size              int64
	Modified, Changed int64
	Inode             uint64
	Device            uint64 // the numbers of a device
}

// Same says that nothing was done to the file between two looks at it.
func (s Status) Same(o Status) bool {
	s.Device, o.Device = 0, 0
	return s == o
}

// fine and coarse are how long a file must have been left alone before its
// times tell it from its successor: some ticks of the kernel's clock, or of a
// file system that counts in seconds, two at a time.
const (
	fine   = 100 * time.Millisecond
	coarse = 2 * time.Second
)

// Settled says that nothing can happen to the file any more that its times do
// not show, if it was looked at at now, in nanoseconds since 1970. Git calls a file
// that is not settled racy.
func (s Status) Settled(now int64) bool {
	margin, own := fine, s.Changed
	if own == 0 {
		own = s.Modified
	}
	if own%int64(time.Second) == 0 {
		margin = coarse
	}
	return max(s.Modified, s.Changed) < now-int64(margin)
}

// SumFile is the sha256 of a file's content, hex.
func SumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return Sum(f)
}

// Sum is the sha256 of all that is read, hex.
func Sum(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
