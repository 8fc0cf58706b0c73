package test

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// lookAgain is how often the removal of a stack is tried while others still use it.
const lookAgain = 200 * time.Millisecond

// Hold keeps a stack of that name for a process that others share it with: from when ready
// is called until ended is closed. Then it removes the stack, once nobody uses it any more.
func Hold(ctx context.Context, w *app.Run, name, target string, ready func(), ended <-chan struct{}) error {
	place, err := sandbox.At(w.ProjectLayout(), name)
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, w, place, target)
	if err != nil {
		return err
	}
	lease, err := place.Use(target, w.Now())
	unlock()
	if err != nil {
		return err
	}
	ready()
	held := await(ctx, w, place, ended)
	held.Release()
	lease.Release()
	for ctx.Err() == nil && len(place.Users(w.Now())) > 0 {
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
		}
	}
	return removeUnused(context.WithoutCancel(ctx), w, place, target)
}

// await takes the user's lease of the stack as soon as it has a project, and returns it
// when ended is closed; nil where it never had one. A stack that was removed and made anew
// has another project.
func await(ctx context.Context, w *app.Run, place sandbox.Place, ended <-chan struct{}) (held *sandbox.UserLease) {
	project := ""
	for {
		if r, ok := place.Read(); ok && r.Project != project {
			if now, err := userLeases(w, place).Use(ctx, r.Project, r.EngineID); err == nil { // without it the stack only lives as long as its record
				held.Release()
				held, project = now, r.Project
			}
		}
		select {
		case <-ended:
			return held
		case <-time.After(lookAgain):
		}
	}
}

// IsHeld reports whether somebody holds the stack of that name for others.
func IsHeld(w *app.Run, name, target string) bool {
	place, err := sandbox.At(w.ProjectLayout(), name)
	if err != nil {
		return false
	}
	for _, u := range place.Users(w.Now()) {
		if u.Target == target {
			return true
		}
	}
	return false
}

// Locked runs do while no other run of this user does for a stack of the same name; timeout
// is that of its start, as StartOptions have it.
func Locked(ctx context.Context, w *app.Run, name string, timeout time.Duration, do func() error) error {
	l, err := load.NewFileLock(w, w.ProjectLayout(), "share-"+name)
	if err != nil {
		return err
	}
	unlock, err := l.Wait(ctx, w, "the tests of this stack", patience(timeout))
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}
