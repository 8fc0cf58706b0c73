package test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// reapTimeout is how long a run may take for the stacks of those that are dead.
const reapTimeout = 30 * time.Second

// remoteTimeout is how long it may take for one whose engine is on another machine,
// which may be off.
const remoteTimeout = 10 * time.Second

// retry is when what could not be removed is tried again: who has many runs does not
// wait for an engine that is gone in each.
const retry = time.Minute

// Reap removes the stacks of this checkout that nobody uses and that nobody asked to
// keep this long. Every target begins with it; with nothing to do that is one look at
// a directory. What cannot be removed is told, and keeps no target from its work.
func Reap(ctx context.Context, w *app.Run) {
	places, err := sandbox.Stacks(w.ProjectLayout())
	if err != nil || len(places) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reapTimeout)
	defer cancel()
	for _, p := range places {
		if !p.Begun() || p.Check() != nil || !isDead(p, w.Now()) || p.TriedSince(w.Now().Add(-retry)) {
			continue
		}
		removed, err := reapOne(ctx, w, p)
		switch {
		case errors.Is(ctx.Err(), context.Canceled): // by a signal: the next run goes on
			return
		case err != nil:
			p.NoteTry()
			w.Tell("note: the stack %s, which nobody uses, is still there: %s", p.Name, err)
		case removed:
			w.Tell("removed the stack %s, which nobody used any more", p.Name)
		}
	}
}

// isDead: nobody uses the stack, and the time that it was to stay is over.
func isDead(p sandbox.Place, now time.Time) bool {
	r, _ := p.Read()
	return !now.Before(r.Until) && len(p.Users(now)) == 0
}

// reapOne removes a stack, unless another run is at it.
func reapOne(ctx context.Context, w *app.Run, p sandbox.Place) (removed bool, err error) {
	l, err := lockOf(w, p, "test-")
	if err != nil {
		return false, err
	}
	if got, err := l.Try(); !got || err != nil {
		l.Close()
		return false, err
	}
	defer l.Hold("the removal of the stack "+p.Name, w.Now())()
	ctx, cancel := context.WithTimeout(ctx, patienceOf(w, p))
	defer cancel()
	return removeDead(ctx, w, p)
}

func patienceOf(w *app.Run, p sandbox.Place) time.Duration {
	r, _ := p.Read()
	c, err := load.Dial(engineOf(w.Environ, r))
	if err != nil {
		return reapTimeout
	}
	defer func() { _ = c.Close() }()
	if c.Remote() {
		return remoteTimeout
	}
	return reapTimeout
}

// removeUnused is reapOne that waits for another run.
func removeUnused(ctx context.Context, w *app.Run, p sandbox.Place, target string) error {
	unlock, err := lock(ctx, w, p, target)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = removeDead(ctx, w, p)
	return err
}

// removeDead looks once more, under the lock.
func removeDead(ctx context.Context, w *app.Run, p sandbox.Place) (removed bool, err error) {
	if !isDead(p, w.Now()) {
		return false, nil
	}
	return remove(ctx, w, p)
}

// remove removes a stack and then its record; the caller holds its lock. Of a record
// that was copied with its checkout nothing is to be removed but the files: the stack and
// its lease are another's.
func remove(ctx context.Context, w *app.Run, p sandbox.Place) (removed bool, err error) {
	if err := p.Check(); err != nil {
		return false, err
	}
	r, ok := p.Read()
	if !ok {
		return false, forget(w, p, sandbox.Record{})
	}
	if removed, err = removeFromEngine(ctx, w, p, r); err != nil {
		return removed, err
	}
	return removed, forget(w, p, r)
}

// removeFromEngine removes what carries the label of the stack's project, which no
// other stack has, and was made from this checkout.
func removeFromEngine(ctx context.Context, w *app.Run, p sandbox.Place, r sandbox.Record) (removed bool, err error) {
	c, err := load.Dial(engineOf(w.Environ, r))
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	id, err := c.ID(ctx)
	if err != nil {
		return false, c.Explain(err)
	}
	if id != r.EngineID {
		return false, failure.New(failure.Preflight, "the engine at %s is not the one that it is on", c.Endpoint.Host).
			WithHint("if that one is gone for good: rm -r %s %s", p.Layout.Short(p.Path("")), p.Layout.Short(p.EnvFile()))
	}
	for range rounds {
		n, err := removeOnce(ctx, c, p, r)
		if removed = removed || n > 0; err != nil {
			return removed, err
		}
		if n == 0 {
			break
		}
	}
	if err := os.Remove(load.ClaimPath(ctx, w, c, r.Project)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return removed, err
	}
	return removed, forgetRun(p, r.Project)
}

// forgetRun removes what runs remember of a stack that is gone: its one-shots' work went
// with it.
func forgetRun(p sandbox.Place, name string) error {
	l := p.Layout
	l.StateDir = p.Dir()
	err := os.Remove(observe.RecordPath(&project.Project{Layout: l, Name: name}))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// rounds bounds how often it is looked again: what a run has asked the engine for that
// was killed meanwhile may come late.
const rounds = 4

// removeOnce removes what there is, and says how much that was.
func removeOnce(ctx context.Context, c *docker.Client, p sandbox.Place, r sandbox.Record) (n int, err error) {
	list, err := c.Containers(ctx, r.Project)
	if err != nil {
		return 0, err
	}
	if at := slices.IndexFunc(list, func(one docker.Container) bool { return !isOurs(p, one) }); at >= 0 {
		return 0, failure.New(failure.Preflight, "container %s of its project was made from %s", list[at].Name, list[at].Dir).
			WithHint("docker rm -f %s, if nobody needs it", list[at].Name)
	}
	if err := removeContainers(ctx, c, list); err != nil {
		return 0, err
	}
	n, err = removeRest(ctx, c, r)
	return n + len(list), err
}

// engineOf is an environment with the engine that a stack is on, and no other; where that is
// not noted yet, the environment's own.
func engineOf(environ []string, r sandbox.Record) []string {
	if len(r.Engine) == 0 {
		return environ
	}
	return append(app.Without(environ, load.EngineVariables...), r.Engine...)
}

// isOurs: it was made with the stack's own file, or from a directory of this checkout,
// or of one that has been moved.
func isOurs(p sandbox.Place, c docker.Container) bool {
	if slices.Contains(c.Files, p.Overrides()) {
		return true
	}
	dir, err := filepath.EvalSymlinks(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return c.Dir != ""
	}
	rel, beside := filepath.Rel(p.Root(), dir)
	return err == nil && beside == nil && filepath.IsLocal(rel)
}

func removeContainers(ctx context.Context, c *docker.Client, list []docker.Container) error {
	all := pool.New().WithErrors().WithFirstError()
	for _, one := range list {
		all.Go(func() error { return c.Remove(ctx, one.ID, true) })
	}
	return all.Wait()
}

// removeRest removes the networks, the volumes and the images that were built under
// the project's name, and says how many there were.
func removeRest(ctx context.Context, c *docker.Client, r sandbox.Record) (n int, err error) {
	networks, err := c.Networks(ctx, r.Project)
	if err != nil {
		return 0, err
	}
	for _, one := range networks {
		if err := c.RemoveNetwork(ctx, one.ID); err != nil {
			return n, err
		}
		n++
	}
	volumes, err := c.Volumes(ctx, r.Project)
	if err != nil {
		return n, err
	}
	for _, name := range volumes {
		if err := c.RemoveVolume(ctx, name); err != nil {
			return n, err
		}
		n++
	}
	images, err := c.ProjectImages(ctx, r.Project)
	if err != nil {
		return n, err
	}
	for _, image := range images {
		for _, tag := range image.Tags {
			if !strings.HasPrefix(tag, r.Project+"-") {
				continue
			}
			if err := c.RemoveImage(ctx, tag); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
