package pluginhost

import (
	"io/fs"
	"time"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// stamp is what a look at a file costs nothing to compare, and the sum of its
// content. A directory has no sum: its times tell that its entries changed.
type stamp struct {
	Path     string `json:"p"`
	Size     int64  `json:"s"` // -1 for a path where nothing is
	Modified int64  `json:"m"`
	Changed  int64  `json:"c"`
	Inode    uint64 `json:"i"`
	Sum      string `json:"h,omitempty"`
	Racy     bool   `json:"r,omitempty"`
}

// look is the stamp of a path without the sum.
func look(path string, now time.Time) stamp {
	f, err := fingerprint.Followed(path)
	if err != nil {
		return stamp{Path: path, Size: -1}
	}
	s := stamp{Path: path, Size: f.Size, Modified: f.Modified, Changed: f.Changed, Inode: f.Inode}
	if f.Mode.IsDir() {
		s.Size = 0 // which file systems count differently
	}
	s.Racy = now.IsZero() || !f.Settled(now.UnixNano())
	return s
}

// same says whether nothing but the sum and the age differ.
func (s stamp) same(other stamp) bool {
	s.Sum, other.Sum, s.Racy, other.Racy = "", "", false, false
	return s == other
}

// unchanged looks again: true only if the file cannot have changed.
func (s stamp) unchanged(now time.Time) bool { return !s.Racy && s.same(look(s.Path, now)) }

// stampFile is a file's stamp with its sum, which known may spare reading.
func stampFile(path string, known map[string]stamp, now time.Time) (stamp, error) {
	s := look(path, now)
	if old, ok := known[path]; ok && old.Sum != "" && !old.Racy && old.same(s) {
		s.Sum = old.Sum
		return s, nil
	}
	if s.Size < 0 {
		return s, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	var err error
	s.Sum, err = fingerprint.SumFile(path)
	return s, err
}
