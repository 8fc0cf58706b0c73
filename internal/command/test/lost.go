package test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// userLeases are where this user's leases outlive a checkout's state directory.
func userLeases(w *app.Run, p sandbox.Place) sandbox.UserLeases {
	dir := w.CacheDir()
	if dir == "" {
		dir = p.Layout.Path(p.Layout.StateDir)
	}
	return sandbox.UserLeases(dir)
}

// tidy removes what was left of stacks on the engine, which has these containers, that are
// lost, or gone.
func (t *starting) tidy(ctx context.Context, list []docker.Container) {
	t.removeLost(ctx, list)
	userLeases(t.run, t.place).Sweep(t.record.EngineID, func(project string) bool {
		return slices.ContainsFunc(list, func(c docker.Container) bool { return c.Project == project })
	}, t.run.Now())
}

// removeLost removes the stacks of this checkout that its state directory no longer has,
// as after git clean: they are told by the files that Compose has noted on their
// containers. One that somebody uses, or that is to stay, stays. What cannot be removed is
// told, and keeps nobody from his work.
func (t *starting) removeLost(ctx context.Context, list []docker.Container) {
	ctx, cancel := context.WithTimeout(ctx, reapTimeout)
	defer cancel()
	seen := map[string]bool{}
	for _, one := range list {
		p, ok := placeOf(t.place, one)
		if !ok || seen[one.Project] {
			continue
		}
		seen[one.Project] = true
		if r, known := p.Read(); p.Check() != nil || known && r.Project == one.Project {
			continue
		}
		done := userLeases(t.run, p).TakeDead(one.Project, t.run.Now())
		if done == nil {
			continue
		}
		_, err := removeFromEngine(ctx, t.run, p, sandbox.Record{Project: one.Project, Engine: t.record.Engine, EngineID: t.record.EngineID})
		if err == nil {
			err = userLeases(t.run, p).Forget(one.Project)
		}
		done()
		if err != nil {
			t.run.Tell("note: the stack %s, of which no record is left, is still there: %s", one.Project, err)
			continue
		}
		t.run.Tell("removed the stack %s, of which no record was left and which nobody used any more", one.Project)
	}
}

// placeOf is where a container's stack has its files, if that is in this checkout.
func placeOf(of sandbox.Place, c docker.Container) (sandbox.Place, bool) {
	for _, file := range c.Files {
		p, err := sandbox.At(of.Layout, filepath.Base(filepath.Dir(file)))
		if err == nil && file == p.Overrides() && strings.Contains(c.Project, "-"+p.Name+"-") {
			return p, true
		}
	}
	return sandbox.Place{}, false
}

// promise notes how long the stack is to stay where its record may be lost with the
// checkout's state directory, too.
func promise(w *app.Run, p sandbox.Place, r sandbox.Record) error {
	if err := p.Write(r); err != nil {
		return err
	}
	return userLeases(w, p).Promise(r.Project, r.EngineID, r.Until)
}

// forget forgets a stack that is gone, and the locks of others that are.
func forget(w *app.Run, p sandbox.Place, r sandbox.Record) error {
	load.RemoveOldLocks(w, p.Layout)
	if r.Project == "" {
		return p.Forget()
	}
	if err := userLeases(w, p).Forget(r.Project); err != nil {
		return err
	}
	return p.Forget()
}
