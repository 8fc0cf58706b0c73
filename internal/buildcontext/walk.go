package buildcontext

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// folder is a directory on its way through the walk.
type folder struct {
	path    string // "" is the context's own
	parent  *folder
	matched []bool // by pattern
	// An excluded directory is part of the context as soon as something in it is.
	excluded bool
	needed   atomic.Bool
}

// walker lists a context, one worker to a directory at a time.
type walker struct {
	dir       string
	rules     *rules
	queue     *queue
	unsettled atomic.Bool // something vanished or changed its kind
}

// walk returns the entries of a context in no particular order, without sums.
func (w *walker) walk(ctx context.Context, workers int) ([]*entry, error) {
	w.queue = newQueue(&folder{matched: make([]bool, len(w.rules.patterns))})
	defer context.AfterFunc(ctx, func() { w.queue.stop(context.Cause(ctx)) })()
	found := make([][]*entry, workers)
	var group conc.WaitGroup
	for i := range workers {
		group.Go(func() { found[i] = w.work() })
	}
	group.Wait()
	if err := w.queue.reason(); err != nil {
		return nil, err
	}
	all := found[0]
	for _, more := range found[1:] {
		all = append(all, more...)
	}
	return all, nil
}

func (w *walker) work() []*entry {
	var found []*entry
	for {
		f, ok := w.queue.next()
		if !ok {
			return found
		}
		var err error
		if found, err = w.list(f, found); err != nil {
			w.queue.stop(err)
		}
		w.queue.done()
	}
}

// list appends what the folder holds and hands its directories on.
func (w *walker) list(f *folder, found []*entry) ([]*entry, error) {
	path := filepath.Join(w.dir, filepath.FromSlash(f.path))
	open, err := w.open(f, path)
	if err != nil {
		return found, w.unopened(f, path, err)
	}
	defer open.Close() //nolint:errcheck // it was only read
	names, err := open.ReadDir(-1)
	if err != nil {
		return found, w.unopened(f, path, err)
	}
	room := make([]entry, 0, len(names)) // one allocation, not one a file
	for _, name := range names {
		if w.queue.stopped.Load() {
			return found, nil
		}
		if room, err = w.look(f, open, name, room); err != nil {
			return found, err
		}
	}
	for i := range room {
		found = append(found, &room[i])
	}
	return found, nil
}

// open follows a link to the context's own directory, and none in it.
func (w *walker) open(f *folder, path string) (*os.File, error) {
	if f.parent == nil {
		return os.Open(path)
	}
	return openFile(path)
}

// unopened judges a directory that cannot be listed: the context's own must
// be, one that vanished is passed over, and so is an excluded one that is
// nobody's to read.
func (w *walker) unopened(f *folder, path string, err error) error {
	switch {
	case f.parent == nil:
		return noContext(w.dir, err)
	case moved(err):
		w.unsettled.Store(true)
		return nil
	case f.excluded && os.IsPermission(err):
		return nil
	}
	return unreadable(path, err)
}

// look appends one name of a folder to room, if it is part of the context.
func (w *walker) look(f *folder, open *os.File, name fs.DirEntry, room []entry) ([]entry, error) {
	path := f.join(name.Name())
	var sub *folder
	var matched []bool
	if name.IsDir() {
		sub = &folder{path: path, parent: f, matched: make([]bool, len(w.rules.patterns))}
		matched = sub.matched
	}
	out, err := w.rules.excluded(path, f.matched, matched)
	if err != nil {
		return room, err
	}
	if out {
		if sub != nil && w.rules.entered(path) {
			sub.excluded = true
			w.queue.add(sub)
		}
		return room, nil
	}
	s, err := fingerprint.At(open, name.Name())
	switch {
	case err != nil && gone(err), err == nil && s.Mode.IsDir() != name.IsDir():
		w.unsettled.Store(true)
		return room, nil
	case err != nil:
		return room, unreadable(filepath.Join(w.dir, filepath.FromSlash(path)), err)
	}
	if sub != nil {
		w.queue.add(sub)
	}
	return w.need(f, append(room, entry{path: path, Status: s}))
}

// need appends the excluded directories in which something turned out to be
// part of the context. One worker does it for each.
func (w *walker) need(f *folder, room []entry) ([]entry, error) {
	for ; f != nil && f.excluded && f.needed.CompareAndSwap(false, true); f = f.parent {
		path := filepath.Join(w.dir, filepath.FromSlash(f.path))
		s, err := fingerprint.Of(path)
		switch {
		case err != nil && gone(err), err == nil && !s.Mode.IsDir():
			w.unsettled.Store(true)
		case err != nil:
			return room, unreadable(path, err)
		default:
			room = append(room, entry{path: f.path, Status: s})
		}
	}
	return room, nil
}

func (f *folder) join(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "/" + name
}
