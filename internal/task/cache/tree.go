package cache

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// file is one that a set has, as a key and a digest see it.
type file struct {
	path string
	mode fs.FileMode // of what a link leads to, where it is followed
	link string      // where it leads; "" for what is no link
	sum  sum         // of the content; zero for what has none
}

// tree is the files of the repository. Every directory is read once, with the status of
// all that is in it, until forget.
type tree struct {
	root  opened
	own   []string // directories with what is remembered, which are nobody's input
	index *index
	now   func() time.Time
	mu    sync.Mutex
	dirs  map[string]*directory
}

type directory struct {
	once    sync.Once
	mu      sync.Mutex
	entries []entry
	err     error
}

// forget is for after files were written.
func (t *tree) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirs = map[string]*directory{}
}

// absolute is the path of what the index calls so.
func (t *tree) absolute(name string) string { return t.root.absolute(name) }

// relative is what the index calls a path.
func (t *tree) relative(absolute string) string {
	name, err := filepath.Rel(t.root.path, absolute)
	switch {
	case err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)):
		return absolute
	case name == ".":
		return ""
	}
	return filepath.ToSlash(name)
}

func (t *tree) list(name string) (*directory, error) {
	t.mu.Lock()
	d := t.dirs[name]
	if d == nil {
		d = &directory{}
		t.dirs[name] = d
	}
	t.mu.Unlock()
	d.once.Do(func() {
		d.entries, d.err = t.index.dir(name).look(t.root, name, t.now().UnixNano())
	})
	return d, d.err
}

// sumOf is the sum of the n-th entry of a directory.
func (t *tree) sumOf(d *directory, n int, dir string) (sum, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := &d.entries[n]
	if e.summed {
		return e.sum, nil
	}
	s, err := t.read(dir, e.name, e.status)
	if err == nil {
		e.sum, e.summed = s, true
	}
	return s, err
}

// read sums a file. The sum is remembered only if whoever changes the file from now on
// changes its status, too.
func (t *tree) read(dir, name string, status fingerprint.Status) (sum, error) {
	before := t.now().UnixNano()
	text, err := fingerprint.SumFile(t.absolute(path.Join(dir, name)))
	var s sum
	if err != nil {
		return s, err
	}
	if _, err := hex.Decode(s[:], []byte(text)); err != nil {
		return s, err
	}
	if status.Settled(before) {
		t.index.dir(dir).put(entry{name: name, status: status, sum: s, summed: true})
	}
	return s, nil
}

// content is the mode and the sum of one file, through links.
func (t *tree) content(absolute string) (fs.FileMode, sum, error) {
	place, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return 0, sum{}, err
	}
	status, err := fingerprint.Of(place)
	if err != nil || !status.Mode.IsRegular() {
		return status.Mode, sum{}, err
	}
	dir, name := t.relative(filepath.Dir(place)), filepath.Base(place)
	if f, ok := t.index.dir(dir).find(name); ok && f.status.Same(status) {
		return status.Mode, f.sum, nil
	}
	s, err := t.read(dir, name, status)
	return status.Mode, s, err
}

// files are those of a set in a stable order. A link's target is part of it; with
// follow, so is what it leads to, unless that is within the pattern's own directory.
// idle are the patterns that match nothing.
func (t *tree) files(s *set, follow bool) (found []file, idle []string, err error) {
	w := walk{tree: t, set: s, follow: follow, found: *lists.Get().(*[]file)} //nolint:forcetypeassert // it has nothing else
	matched := make([]bool, len(s.include))
	for i, p := range s.include {
		before := len(w.found)
		if err := w.pattern(p); err != nil {
			return nil, nil, err
		}
		matched[i] = len(w.found) > before
	}
	if len(s.include) > 1 {
		slices.SortFunc(w.found, func(a, b file) int { return strings.Compare(a.path, b.path) })
		w.found = slices.CompactFunc(w.found, func(a, b file) bool { return a.path == b.path })
	}
	for i, p := range s.include {
		if !matched[i] && !w.hasMatched(p.text, matched) && !slices.Contains(idle, p.text) {
			idle = append(idle, p.text)
		}
	}
	return w.found, idle, nil
}

// lists are what files are found into: a new one for each of many tasks with many files is
// memory that the kernel has to clear first.
var lists = sync.Pool{New: func() any { return new([]file) }}

// done gives back what files has returned. Nobody may keep any of it.
func done(found []file) {
	found = found[:0]
	lists.Put(&found)
}

// hasMatched: what was written as one pattern may be two here, of a name and of all below.
func (w *walk) hasMatched(text string, matched []bool) bool {
	for i, p := range w.set.include {
		if matched[i] && p.text == text {
			return true
		}
	}
	return false
}

// walk finds the files of a set.
type walk struct {
	*tree
	set     *set
	follow  bool
	found   []file
	visited map[string]bool // directories that links lead to
}

func (w *walk) pattern(p pattern) error {
	if !p.plain {
		return missing(w.dir(p.base, p.base, p, p.whole))
	}
	status, err := w.root.lstat(p.base)
	switch {
	case err != nil:
		return missing(err)
	case status.Mode.IsDir():
		return w.dir(p.base, p.base, p, true)
	case w.set.without(p.base):
		return nil
	case status.Mode&fs.ModeSymlink != 0:
		return w.link(p.base, p.base, p, true)
	}
	dir, name := path.Split(p.base)
	dir = strings.TrimSuffix(dir, "/")
	f := file{path: p.base, mode: status.Mode}
	if status.Mode.IsRegular() {
		if known, ok := w.index.dir(dir).find(name); ok && known.status.Same(status) {
			f.sum = known.sum
		} else if f.sum, err = w.read(dir, name, status); err != nil {
			return missing(err)
		}
	}
	w.found = append(w.found, f)
	return nil
}

// dir walks a directory that the index calls place and the pattern sees at seen. With
// all, every file counts.
func (w *walk) dir(place, seen string, p pattern, all bool) error {
	d, err := w.list(place)
	if err != nil {
		return err
	}
	w.found = slices.Grow(w.found, len(d.entries))
	for n, at := range d.paths(seen) {
		e := &d.entries[n]
		switch {
		case e.status.Mode.IsDir():
			if w.set.hides(e.name) || slices.Contains(w.own, under(place, e.name)) || w.set.withoutAll(at) || !all && !p.below(at) {
				continue
			}
			err = w.dir(under(place, e.name), at, p, all)
		case e.status.Mode&fs.ModeSymlink != 0:
			if !w.set.hides(e.name) {
				err = w.link(under(place, e.name), at, p, all)
			}
		case (all || p.takes(seen, e.name, at)) && !w.set.without(at) && (place == seen || !w.set.not.has(under(place, e.name))):
			f := file{path: at, mode: e.status.Mode}
			if e.status.Mode.IsRegular() {
				f.sum, err = w.sumOf(d, n, place)
			}
			if err == nil {
				w.found = append(w.found, f)
			}
		}
		err = missing(err)
		if err != nil {
			return err
		}
	}
	return nil
}

// paths are those of the entries below dir: of all one string, which is one allocation.
func (d *directory) paths(dir string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		size := 0
		for n := range d.entries {
			size += len(dir) + 1 + len(d.entries[n].name)
		}
		var b strings.Builder
		b.Grow(size)
		for n := range d.entries {
			from := b.Len()
			if dir != "" {
				b.WriteString(dir)
				b.WriteByte('/')
			}
			b.WriteString(d.entries[n].name)
			if !yield(n, b.String()[from:]) {
				return
			}
		}
	}
}

// under is path.Join of what is clean.
func under(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

func (w *walk) link(place, at string, p pattern, all bool) error {
	counts := (all || p.has(at)) && !w.set.without(at)
	if !counts && !p.below(at) || w.set.withoutAll(at) {
		return nil
	}
	target, err := os.Readlink(w.absolute(place))
	if err != nil {
		return err
	}
	f := file{path: at, mode: fs.ModeSymlink, link: target}
	mode, s, err := fs.FileMode(0), sum{}, error(nil)
	if w.follow {
		mode, s, err = w.content(w.absolute(place))
	}
	if err == nil && mode.IsDir() {
		w.found = append(w.found, f)
		return w.linked(place, at, p)
	}
	if !counts {
		return nil
	}
	if err == nil && w.follow {
		f.mode, f.sum = mode, s
	}
	w.found = append(w.found, f)
	return nil
}

// linked takes in all of a directory that a link leads to: what of it the task reads
// nobody can tell by a pattern for paths elsewhere.
func (w *walk) linked(place, at string, p pattern) error {
	target, err := filepath.EvalSymlinks(w.absolute(place))
	if err != nil {
		return err
	}
	to := w.relative(target)
	if w.visited[to] || w.finds(p, to) || slices.ContainsFunc(w.own, func(dir string) bool { return to == dir || strings.HasPrefix(to, dir+"/") }) {
		return nil
	}
	if w.visited == nil {
		w.visited = map[string]bool{}
	}
	w.visited[to] = true
	return w.dir(to, at, p, true)
}

// finds says that the pattern takes in a directory, other than the one that a link
// leads to it from.
func (w *walk) finds(p pattern, dir string) bool {
	inside := dir == p.base || p.base == "" && !filepath.IsAbs(dir) || strings.HasPrefix(dir, p.base+"/")
	return inside && (p.whole || p.plain) && !w.set.hidden(under(dir, "x")) && !w.set.withoutAll(dir)
}

// missing lets be what is not there, or no longer.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return err
}
