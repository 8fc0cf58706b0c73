package cache

import (
	"errors"
	"fmt"
	"io/fs"
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
	inputs   *set // of a task whose outputs are a guess; nil for all others
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
		if s.declared && t.Guessed {
			s.inputs = newSet(t.Inputs, nil)
		}
		if s.declared && (!held || s.from < since) {
			since, held = s.from, true
		}
		spans = append(spans, s)
	}
	if !held {
		return nil, nil
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
		for _, name := range elsewhere(spans, file, at) {
			c.dropFor(name, wroteElsewhere)
		}
	})
	told := map[string][]string{}
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

// elsewhere are the tasks with guessed outputs in whose time a file was changed that is
// none of these: it may be theirs whatever ran beside them. What their inputs take away
// is what tools keep for themselves.
func elsewhere(spans []span, file string, at int64) (names []string) {
	for _, s := range spans {
		if at < s.from || at > s.to {
			continue
		}
		if s.outputs.has(file) {
			return nil
		}
		if s.inputs != nil && !s.inputs.without(file) {
			names = append(names, s.name)
		}
	}
	return names
}

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
			if !slices.Contains(unseen, e.name) && !slices.Contains(c.tree.own, name) {
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
