// Package cache tells which tasks need not run, and brings back what they made. A task
// is known by a key of all that it depends on; it is "cached" only where its outputs are
// what the run of that key made, else they are put back, or it runs. All is kept below
// one directory, within a bound. It imports fingerprint, host, state and task.
package cache

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Bound is how much is kept where nobody says otherwise, in bytes.
const Bound = 2 << 30

// Engine is what a task that uses the Docker engine depends on.
type Engine struct {
	Version string
	Images  map[string]string // ids by their names
}

// Options of a cache.
type Options struct {
	Root    string // of the repository, absolute
	Dir     string // where all is kept, absolute
	Program string // this program, which functions are part of; "" where it does not matter
	Target  string // what is running, for who waits for it: "task:run"
	Force   bool   // every task runs; what it comes to is kept
	Bound   int64  // bytes; 0 means Bound
	Now     func() time.Time
	// Engine asks the engine; nil where there is none to ask.
	Engine func(context.Context) (Engine, error)
}

// Cache is what is known during one run. It is a task.Cache.
type Cache struct {
	Options
	tree   *tree
	index  *index
	store  store
	engine engine
	// tryLock is (*flock.Flock).TryLock.
	tryLock func(*flock.Flock) (bool, error)

	mu     sync.Mutex
	looked map[string]look
	kept   bool
	// The first task that nothing keeps from other runs, and why.
	unlocked string
	noLocks  error
	// What was found damaged, and of the first the task.
	spoilt  string
	damaged []error
	// What most tasks have in common, asked once.
	base      []string
	variables []part
	programs  map[string][]part
}

// Open reads what is remembered. A cache that is damaged is an empty one.
func Open(o Options) *Cache {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Bound == 0 {
		o.Bound = Bound
	}
	x := readIndex(filepath.Join(o.Dir, "index"))
	c := &Cache{Options: o, index: x, store: openStore(o.Dir), looked: make(map[string]look, len(x.tasks)), programs: map[string][]part{},
		tryLock: (*flock.Flock).TryLock, tree: &tree{root: open(o.Root), index: x, now: o.Now, dirs: make(map[string]*directory, len(x.dirs))}}
	c.tree.own = []string{c.tree.relative(o.Dir), c.tree.relative(filepath.Dir(o.Dir))}
	return c
}

var _ task.Cache = (*Cache)(nil)

// UpToDate says whether nothing has changed since the last run of a task. It writes
// nothing.
func (c *Cache) UpToDate(ctx context.Context, t *task.Task, environ []string, needed []task.Needed) (v task.Verdict) {
	if len(t.Steps) == 0 || len(t.Inputs) == 0 || c.Force {
		return v
	}
	last, ran := c.index.task(t.Name)
	if !ran {
		return v
	}
	outputs := newSet(t.Outputs, nil)
	now, err := c.facts(ctx, t, outputs, environ, needed)
	defer done(now.inputs)
	if err != nil || now.key() != last.key || !c.store.recorded(last.key) || !c.intact(outputs, last) || last.log != "" && c.noted(t.Name, c.store.verify(last.log)) != nil {
		return v
	}
	c.note(look{task: t, key: last.key})
	c.touch(t.Name, last)
	return task.Verdict{Cached: true, Reason: "nothing has changed", Output: c.store.object(last.log), Made: last.made, Key: last.key}
}

// Look says whether a task has to run. The caller has locked it.
func (c *Cache) Look(ctx context.Context, t *task.Task, environ []string, needed []task.Needed) (v task.Verdict, err error) {
	l := look{task: t, needed: needed, env: environ, from: c.Now()}
	c.note(l) // what is put back is written before there is a verdict
	defer func() {
		if v.Cached {
			l.to = c.Now()
		}
		c.note(l)
	}()
	switch {
	case len(t.Steps) == 0:
		return task.Verdict{Reason: "it stands for what it needs", Made: made(needed)}, nil
	case len(t.Inputs) == 0:
		return task.Verdict{Reason: "it declares no inputs"}, nil
	}
	now, err := c.facts(ctx, t, newSet(t.Outputs, nil), environ, needed)
	if err != nil {
		return task.Verdict{Reason: "what it depends on cannot be told: " + err.Error()}, nil
	}
	l.facts = now
	v.Key = now.key()
	l.key = v.Key
	// Until it has passed nobody else may find it cached, however its run ends.
	defer func() {
		if !v.Cached {
			_ = os.Remove(c.store.record(v.Key))
		}
	}()
	if c.Force {
		v.Reason = "forced"
		return v, nil
	}
	r, err := state.ReadJSON[record](c.store.record(v.Key), recordVersion)
	if err == nil {
		if v.Reason, err = c.restore(t, v.Key, r); c.noted(t.Name, err) == nil {
			v.Cached, v.Output, v.Made = true, c.store.object(r.Log), r.Made
			return v, nil
		}
		v.Reason = err.Error()
		return v, nil
	}
	last, ran := c.index.task(t.Name)
	v.Reason = c.why(last, ran, now, v.Key)
	return v, nil
}

// intact says that the outputs are what the last run made.
func (c *Cache) intact(outputs *set, last remembered) bool {
	if len(outputs.include) == 0 {
		return true
	}
	files, _, err := c.tree.files(outputs, false)
	defer done(files)
	return err == nil && digest(files) == last.made
}

// restore brings back what the run of a record made.
func (c *Cache) restore(t *task.Task, key string, r record) (reason string, err error) {
	if r.Log != "" {
		if err := c.store.verify(r.Log); err != nil {
			return "", err
		}
	}
	reason = "its outputs were put back"
	if len(t.Outputs) > 0 {
		c.tree.forget()
		s := newSet(t.Outputs, nil)
		have, _, err := c.tree.files(s, false)
		if err != nil {
			return "", err
		}
		if digest(have) == r.Made {
			reason = "nothing has changed since an earlier run"
		} else if err := c.store.restore(c.Root, r, have); err != nil {
			c.tree.forget()
			return "", err
		}
		c.tree.forget()
		if have, _, err = c.tree.files(s, false); err != nil || digest(have) != r.Made {
			return "", errors.Join(errors.New("its outputs cannot be put back"), err)
		}
	} else {
		reason = "nothing has changed since an earlier run"
	}
	c.store.used(key, c.Now())
	c.index.setTask(t.Name, remembered{key: key, made: r.Made, log: r.Log, used: c.Now().Unix()})
	return reason, nil
}

// touch marks the record as used, once a day: what is up to date writes nothing else.
func (c *Cache) touch(name string, last remembered) {
	if now := c.Now(); now.Unix()-last.used > 24*60*60 {
		last.used = now.Unix()
		c.store.used(last.key, now)
		c.index.setTask(name, last)
	}
}

// why says what is different from the last run.
func (c *Cache) why(last remembered, ran bool, now facts, key string) string {
	if !ran {
		return "it has not run here"
	}
	switch last.key {
	case key:
		return errGone.Error()
	case "":
		if last.made != "" {
			return last.made
		}
		return "it has failed since it last passed"
	}
	old, err := state.ReadJSON[record](c.store.record(last.key), recordVersion)
	if err != nil {
		return "something has changed, and what there was is no longer kept"
	}
	return few(changes(old.Facts, now.all()), 5)
}

// Keep takes what a run came to.
func (c *Cache) Keep(ctx context.Context, t *task.Task, v task.Verdict, log string) (string, []string, error) {
	if len(t.Steps) == 0 {
		return v.Made, nil, nil
	}
	l := c.known(t.Name)
	l.to = c.Now()
	c.note(l)
	c.tree.forget()
	c.engine.forget()
	outputs, idle, err := c.tree.files(newSet(t.Outputs, nil), false)
	if err != nil { // whatever depends on them has to run
		return fmt.Sprint("unknown ", c.Now().UnixNano()), []string{notKept + err.Error()}, nil
	}
	var warnings []string
	for _, p := range idle {
		if !t.Guessed { // who has declared it
			warnings = append(warnings, "no file matches its output "+p)
		}
	}
	result := digest(outputs)
	if len(t.Outputs) == 0 {
		result = v.Key
	}
	if v.Key == "" {
		return result, warnings, nil
	}
	for _, p := range l.facts.idle {
		warnings = append(warnings, "no file matches its input "+p)
	}
	after, err := c.facts(ctx, t, newSet(t.Outputs, nil), l.env, l.needed)
	if err != nil {
		return result, append(warnings, notKept+err.Error()), nil
	}
	if after.key() != v.Key {
		told := few(changes(l.facts.all(), after.all()), 3)
		return result, append(warnings, "its result is not kept, since while it ran "+told), nil
	}
	elsewhere, err := c.elsewhere(l)
	switch {
	case err != nil:
		return result, append(warnings, notKept+err.Error()), nil
	case elsewhere:
		c.index.setTask(t.Name, remembered{made: wroteElsewhere})
		return result, warnings, nil
	}
	r := record{Version: recordVersion, Task: t.Name, Facts: l.facts.all(), Made: result}
	if r.Log, err = c.keepLog(log); err == nil {
		r.Outputs, err = c.keepOutputs(outputs)
	}
	if err == nil {
		err = state.WriteJSON(c.store.record(v.Key), r)
	}
	c.store.used(v.Key, c.Now())
	if err != nil {
		return result, append(warnings, notKept+err.Error()), nil
	}
	c.mu.Lock()
	c.kept = true
	c.mu.Unlock()
	c.index.setTask(t.Name, remembered{key: v.Key, made: result, log: r.Log, used: c.Now().Unix()})
	return result, warnings, nil
}

const notKept = "its result is not kept: "

// wroteElsewhere is of a task whose outputs are a guess that was wrong.
const wroteElsewhere = "its last run wrote elsewhere than to its outputs"

// wasCanceled is of a task whose last run nobody let come to its end.
const wasCanceled = "its last run was canceled"

func (c *Cache) keepOutputs(files []file) (kept []output, err error) {
	for _, f := range files {
		o := outputOf(f)
		if o.Sum != "" {
			if err := c.store.add(c.tree.absolute(f.path), o.Sum); err != nil {
				return nil, err
			}
		}
		kept = append(kept, o)
	}
	return kept, nil
}

// keepLog keeps a task's output as an object.
func (c *Cache) keepLog(path string) (string, error) {
	info, err := os.Stat(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return "", nil
	}
	_, s, err := c.tree.content(path)
	if err != nil {
		return "", err
	}
	name := hex.EncodeToString(s[:])
	return name, c.store.add(path, name)
}

// Close writes down what is remembered, keeps it within its bound, and says what was
// written outside of what tasks declared.
func (c *Cache) Close(results []task.Result) (map[string][]string, error) {
	defer c.tree.root.close()
	defer c.store.records.close()
	for _, r := range results {
		key := c.known(r.Task).key
		if last, _ := c.index.task(r.Task); key == "" || last.key != key { // else its record is gone since it was looked at
			continue
		}
		switch r.Outcome {
		case task.Failed:
			c.index.setTask(r.Task, remembered{})
		case task.Canceled:
			c.index.setTask(r.Task, remembered{made: wasCanceled})
		}
	}
	told, undeclaredErr := c.undeclared(results)
	if c.noLocks != nil {
		told[c.unlocked] = append(told[c.unlocked], fmt.Sprintf("two runs at once may do a task twice: the file system of %s has no locks (%v)", c.tree.relative(c.Dir), c.noLocks))
	}
	c.tellDamaged(told)
	state.KeepOutOfGit(c.Dir)
	err := c.index.write(c.tree.absolute)
	if c.kept {
		err = errors.Join(err, c.store.shrink(c.Bound))
	}
	return told, errors.Join(undeclaredErr, err)
}

// made is what a task without commands makes: what those make that it needs.
func made(needed []task.Needed) string {
	var f facts
	for _, n := range needed {
		f.parts = append(f.parts, part{n.Task, n.Made})
	}
	return f.key()
}
