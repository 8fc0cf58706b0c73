package cache

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/state"
)

// record is what one run of a task came to, in records/KEY.json.
type record struct {
	Version int               `json:"version"`
	Task    string            `json:"task"`
	Facts   map[string]string `json:"facts"`
	Outputs []output          `json:"outputs,omitempty"`
	Made    string            `json:"made"`
	Log     string            `json:"log,omitempty"` // object with its output
}

// output is one file that it made; its content is the object of its sum.
type output struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"`
	Sum  string      `json:"sum,omitempty"`
	Link string      `json:"link,omitempty"`
}

const recordVersion = 2

// store keeps records, and contents by their sums.
type store struct {
	dir     string
	records opened
}

func openStore(dir string) store { return store{dir, open(filepath.Join(dir, "records"))} }

func (s store) record(key string) string { return filepath.Join(s.dir, "records", key+".json") }

func (s store) recorded(key string) bool {
	_, err := s.records.lstat(key + ".json")
	return err == nil
}

func (s store) object(name string) string {
	if len(name) < 2 {
		return ""
	}
	return filepath.Join(s.dir, "objects", name[:2], name)
}

func (s store) has(name string) bool {
	_, err := os.Lstat(s.object(name))
	return err == nil
}

// add keeps the content of a file, which has to have this sum.
func (s store) add(file, name string) error {
	if s.has(name) {
		return nil
	}
	to := s.object(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	temp, err := os.CreateTemp(filepath.Dir(to), ".new.*")
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(temp, h), from)
	if err = errors.Join(err, temp.Close()); err == nil && hex.EncodeToString(h.Sum(nil)) != name {
		err = fmt.Errorf("%s changed while it was kept", file)
	}
	if err == nil {
		err = os.Rename(temp.Name(), to)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// restore makes the files below root what the record has, where have is what is there
// now. It removes only what it could bring back.
func (s store) restore(root string, r record, have []file) error {
	wanted := map[string]output{}
	for _, o := range r.Outputs {
		if o.Sum != "" && !s.has(o.Sum) {
			return errGone
		}
		wanted[o.Path] = o
	}
	within, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer func() { _ = within.Close() }()
	for _, f := range have {
		o, ours := wanted[f.path]
		if ours && o == outputOf(f) {
			delete(wanted, f.path)
		} else if !ours && (f.link != "" || s.verify(hex.EncodeToString(f.sum[:])) != nil) { // a link has no content that is kept
			return fmt.Errorf("%s is among its outputs, and no run made it", f.path)
		}
	}
	for _, f := range have {
		if _, ours := slices.BinarySearchFunc(r.Outputs, f.path, func(o output, p string) int { return strings.Compare(o.Path, p) }); !ours {
			if err := within.Remove(f.path); err != nil {
				return err
			}
		}
	}
	for _, p := range sortedKeys(wanted) {
		if err := s.put(within, wanted[p]); err != nil {
			return err
		}
	}
	return nil
}

// errGone: the bound on the cache's size, or a hand.
var errGone = errors.New("what its run made is no longer kept")

// put writes one file beside its place, then renames it. Nothing is written where a
// link leads out of the repository.
func (s store) put(root *os.Root, o output) (err error) {
	if dir := path.Dir(o.Path); dir != "." {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	temp := path.Join(path.Dir(o.Path), ".spellbook-"+path.Base(o.Path))
	_ = root.Remove(temp)
	defer func() {
		if err != nil {
			_ = root.Remove(temp)
		}
	}()
	if o.Link != "" {
		if err := root.Symlink(o.Link, temp); err != nil {
			return err
		}
		return root.Rename(temp, o.Path)
	}
	from, err := os.Open(s.object(o.Sum))
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	to, err := root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err = io.Copy(io.MultiWriter(to, h), from); err != nil || hex.EncodeToString(h.Sum(nil)) != o.Sum {
		err = cmp.Or(s.verify(o.Sum), err)
	}
	err = errors.Join(err, to.Chmod(o.Mode&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky)), to.Close())
	if err != nil {
		return err
	}
	return root.Rename(temp, o.Path)
}

func outputOf(f file) output {
	o := output{Path: f.path, Mode: f.mode, Link: f.link}
	if f.mode.IsRegular() {
		o.Sum = hex.EncodeToString(f.sum[:])
	}
	return o
}

// used marks a record as used now.
func (s store) used(key string, now time.Time) { _ = os.Chtimes(s.record(key), now, now) }

// shrink drops the records that were not used for longest until what the others need is
// within the bound, in bytes.
func (s store) shrink(bound int64) error {
	if total, err := s.size(); err != nil || total <= bound {
		return err
	}
	dir, err := os.ReadDir(filepath.Join(s.dir, "records"))
	if err != nil {
		return err
	}
	var records []fs.FileInfo
	for _, e := range dir {
		if info, err := e.Info(); err == nil {
			records = append(records, info)
		}
	}
	slices.SortFunc(records, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	needed, total := map[string]bool{}, int64(0)
	for _, info := range records {
		file := filepath.Join(s.dir, "records", info.Name())
		r, err := state.ReadJSON[record](file, recordVersion)
		total += info.Size() + s.need(r, needed)
		if err != nil || total > bound {
			total = bound + 1 // and so are all older ones
			_ = os.Remove(file)
			continue
		}
		for _, o := range r.Outputs {
			needed[o.Sum] = true
		}
		needed[r.Log] = true
	}
	return s.walk(func(file string, _ fs.FileInfo) error {
		if needed[filepath.Base(file)] {
			return nil
		}
		return os.Remove(file)
	})
}

// need is how much more a record needs than what is needed.
func (s store) need(r record, needed map[string]bool) (size int64) {
	once := map[string]bool{}
	for _, name := range append([]string{r.Log}, sums(r.Outputs)...) {
		if info, err := os.Lstat(s.object(name)); err == nil && !needed[name] && !once[name] {
			size += info.Size()
			once[name] = true
		}
	}
	return size
}

func sums(outputs []output) (names []string) {
	for _, o := range outputs {
		names = append(names, o.Sum)
	}
	return names
}

// size is that of all records and objects.
func (s store) size() (total int64, err error) {
	records, err := os.ReadDir(filepath.Join(s.dir, "records"))
	for _, e := range records {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	return total, errors.Join(missing(err), s.walk(func(_ string, info fs.FileInfo) error { total += info.Size(); return nil }))
}

func (s store) walk(each func(file string, info fs.FileInfo) error) error {
	return missing(filepath.Walk(filepath.Join(s.dir, "objects"), func(file string, info fs.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return missing(err)
		}
		return each(file, info)
	}))
}
