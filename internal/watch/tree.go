package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// tree watches all places by notifications: every directory by itself, as
// that is what systems offer.
type tree struct {
	o       Options
	connect func() (*notifier, error)
	hits    chan<- hit
	n       *notifier
	dirs    map[string]bool // watched, by real path
	poll    *poll           // in place of n
	roots
}

// begin watches everything there is; or polls, where that is too much.
func (t *tree) begin() error {
	err := t.connectAll()
	if exhausted(err) {
		t.fallBack(err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("watch files: %w", err)
	}
	return nil
}

// connectAll begins anew, with places as they are now.
func (t *tree) connectAll() error {
	t.disconnect()
	var err error
	if t.n, err = t.connect(); err != nil {
		return err
	}
	t.roots, t.dirs = findAll(t.o.Roots), map[string]bool{}
	for dir := range t.guards {
		if err := t.watch(dir); err != nil {
			return err
		}
	}
	for i, p := range t.places {
		if p = p.look(); p.dir { // as it is now that its guards stand
			if err := t.descend(p, p.real, func(string) {}); err != nil {
				return err
			}
		}
		t.places[i] = p
	}
	return nil
}

func (t *tree) disconnect() {
	if t.n != nil {
		t.n.close()
		t.n = nil
	}
}

// fallBack looks at everything from now on, in place of being notified.
func (t *tree) fallBack(why error) {
	t.disconnect()
	how := ""
	if exhausted(why) {
		how = " (more with sysctl fs.inotify.max_user_watches or max_user_instances, or ulimit -n)"
	}
	t.o.Warn(fmt.Sprintf("the system cannot watch all files: %s%s; they are looked at every %s", why, how, pollEvery))
	t.poll = newPoll(t.o)
}

// watch watches one directory. One that has gone, or may not be read, is left
// out; only an exhausted system is an error.
func (t *tree) watch(dir string) error {
	if t.dirs[dir] {
		return nil
	}
	err := t.n.add(dir)
	if exhausted(err) {
		return err
	}
	t.dirs[dir] = err == nil
	return nil
}

// descend watches a directory and those in it, and tells what is there. It
// watches before it reads: what comes in between is told twice, not missed.
func (t *tree) descend(p place, dir string, tell func(name string)) error {
	if err := t.watch(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil { // gone, which is told by itself
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		name, _ := p.named(path)
		if t.o.Skip(name, e.IsDir()) {
			continue
		}
		tell(name)
		if !e.IsDir() {
			continue
		}
		if err := t.descend(p, path, tell); err != nil {
			return err
		}
	}
	return nil
}

// run tells hits until ctx ends.
func (t *tree) run(ctx context.Context) {
	defer t.disconnect()
	for t.poll == nil {
		select {
		case <-ctx.Done():
			return
		case <-t.n.lost:
			t.renew()
		case e := <-t.n.events:
			t.event(e)
		}
	}
	t.poll.run(ctx, t.hits)
}

// renew begins anew where it is not known what has been missed.
func (t *tree) renew() {
	if err := t.connectAll(); err != nil {
		t.fallBack(err) // whatever the error is: there is no caller to give up for
	}
	t.hits <- hit{all: true}
}

// event handles one notification.
func (t *tree) event(e fsnotify.Event) {
	gone, came := e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename), e.Has(fsnotify.Create)
	if gone && t.guards[e.Name] || (gone || came) && t.replaced(e.Name) {
		t.renew()
		return
	}
	was := t.dirs[e.Name]
	if gone || came {
		t.forget(e.Name, e.Has(fsnotify.Rename))
	}
	info, err := os.Lstat(e.Name)
	is := err == nil && info.IsDir()
	h, err := t.meant(e.Name, was || is, is && !gone && !t.dirs[e.Name])
	if err != nil {
		t.fallBack(err)
		h.all = true
	}
	if len(h.paths) > 0 || h.all {
		t.hits <- h
	}
}

// meant is what an event on a path tells each place; a directory that is fresh
// is watched from now on, and what is in it may be as new.
func (t *tree) meant(path string, dir, fresh bool) (hit, error) {
	h := hit{paths: slices.Clone(t.pivots[path])}
	for _, p := range t.places {
		name, ok := p.wants(path, dir, t.o.Skip)
		if !ok {
			continue
		}
		h.paths = append(h.paths, name)
		if !fresh || !p.dir {
			continue
		}
		if err := t.descend(p, path, func(name string) { h.paths = append(h.paths, name) }); err != nil {
			return h, err
		}
	}
	return h, nil
}

// forget drops a directory that has gone. One that got another name takes its
// watches with it, which would tell of it by its old name.
func (t *tree) forget(dir string, renamed bool) {
	delete(t.dirs, dir)
	if !renamed {
		return
	}
	_ = t.n.remove(dir)
	for path := range t.dirs {
		if strings.HasPrefix(path, within(dir)) {
			_ = t.n.remove(path)
			delete(t.dirs, path)
		}
	}
}
