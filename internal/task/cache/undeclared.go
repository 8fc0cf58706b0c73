package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

// tick is how coarse the clock of a file system may be.
const tick = 12 * time.Millisecond

// span is when one task had its turn.
type span struct {
	name     string
	from, to int64 // nanoseconds since 1970
	declared bool  // that it declares inputs and ran: it is held to its outputs
	free     bool  // that it ran and declares none: it may write anything
	outputs  *set
}

// undeclared says which tasks wrote files that they do not declare: files of the repository
// that were changed in their time and are nobody's outputs. Where several tasks ran at
// once each of them is told; where one that declares no inputs ran, none is.
func (c *Cache) undeclared(results []task.Result) (map[string][]string, error) {
	var spans []span
	since, held := int64(0), false
	for _, r := range results {
		if r.Began.IsZero() {
			continue
		}
		t := c.known(r.Task).task
		ran := r.Outcome != task.Cached && len(t.Steps) > 0
		s := span{name: r.Task, from: r.Began.Add(-tick).UnixNano(), to: r.Began.Add(r.Took).UnixNano(),
			declared: ran && len(t.Inputs) > 0, free: ran && len(t.Inputs) == 0}
		if s.declared && (!held || s.from < since) {
			since, held = s.from, true
		}
		spans = append(spans, s)
	}
	told := map[string][]string{}
	if !held {
		return told, nil
	}
	for i := range spans {
		spans[i].outputs = newSet(c.known(spans[i].name).task.Outputs, nil)
	}
	c.tree.forget()
	found := map[string][]string{}
	err := c.changed("", since, func(file string, at int64) {
		for _, name := range writers(spans, file, at) {
			found[name] = append(found[name], file)
		}
	})
	for name, files := range found {
		text := few(files, 3)
		verb := "was"
		if len(files) > 1 {
			verb = "were"
		}
		told[name] = []string{fmt.Sprintf("while it ran, %s %s written, which no task declares as an output", text, verb)}
	}
	return told, err
}

// writers are the tasks in whose time a file was changed, none where one of them may.
func writers(spans []span, file string, at int64) (names []string) {
	for _, s := range spans {
		if at < s.from || at > s.to {
			continue
		}
		if s.free || s.outputs.has(file) {
			return nil
		}
		if s.declared {
			names = append(names, s.name)
		}
	}
	return names
}

// elsewhere says whether a file was changed while a task with guessed outputs ran that is an
// output of none: it may be that task's whatever ran beside it. What its inputs take away
// is what tools keep for themselves. It is asked while the task is locked, so that who waits
// for it never believes a result that is not all of it.
func (c *Cache) elsewhere(l look) (found bool, err error) {
	if !l.task.Guessed {
		return false, nil
	}
	inputs, outputs := newSet(l.task.Inputs, nil), c.outputs()
	since, until := l.from.Add(-tick).UnixNano(), l.to.UnixNano()
	err = c.changed("", since, func(file string, at int64) {
		theirs := func(s span) bool { return s.from <= at && at <= s.to && s.outputs.has(file) }
		found = found || at <= until && !inputs.without(file) && !slices.ContainsFunc(outputs, theirs)
	})
	return found, err
}

// outputs are what the tasks whose turn has come may write, and when.
func (c *Cache) outputs() (spans []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, l := range c.looked {
		if l.from.IsZero() || len(l.task.Outputs) == 0 {
			continue
		}
		s := span{name: name, from: l.from.Add(-tick).UnixNano(), to: math.MaxInt64, outputs: newSet(l.task.Outputs, nil)}
		if !l.to.IsZero() {
			s.to = l.to.UnixNano()
		}
		spans = append(spans, s)
	}
	return spans
}

// caches are directories that tools keep for themselves wherever they run: nobody can
// declare these, and what is in them is nobody's output.
var caches = []string{".turbo", ".cache", ".pytest_cache", ".ruff_cache", ".mypy_cache"}

// changed walks the repository for files that were changed since.
func (c *Cache) changed(dir string, since int64, each func(file string, at int64)) error {
	d, err := c.tree.list(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil // another user's, as the data of a database: no task wrote it
	}
	if err != nil {
		return missing(err)
	}
	for _, e := range d.entries {
		name := path.Join(dir, e.name)
		if e.status.Mode.IsDir() {
			if !slices.Contains(unseen, e.name) && !slices.Contains(caches, e.name) && !slices.Contains(c.tree.own, name) {
				err = c.changed(name, since, each)
			}
		} else if at := max(e.status.Changed, e.status.Modified); at >= since {
			each(name, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
