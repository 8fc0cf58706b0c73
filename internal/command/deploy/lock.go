package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/server"
	"github.com/infinitescribe/spellbook/internal/serverlock"
)

// locked does something of a release while nobody else deploys the project to the
// server. What the server has is looked at again under the lock: another run may
// have ended meanwhile.
func (r *rollout) locked(ctx context.Context, wait bool, do func(context.Context) error) error {
	return r.exclusive(ctx, wait, func(ctx context.Context) error {
		if err := r.stillCurrent(ctx); err != nil {
			return err
		}
		return do(ctx)
	})
}

// exclusive does something while nobody else changes what the project has on the
// server, from whatever machine, and ends it where the lock is lost.
func (o *operation) exclusive(ctx context.Context, wait bool, do func(context.Context) error) error {
	if err := o.store.MakeDir("."); err != nil {
		return err
	}
	name, host := person()
	lock, err := serverlock.Acquire(ctx, o.server, serverlock.Options{Path: o.store.Root, Env: o.Project.Env, Owner: name, Host: host,
		Target: o.target, PID: os.Getpid(), Wait: wait, Waiting: func(h serverlock.Holder) {
			_, _ = fmt.Fprintf(o.run.Err, "waiting for %s\n", h)
		}})
	if err != nil {
		return err
	}
	defer func() { o.run.NoteUnsaved(lock.Release()) }()
	if lock.Taken != nil {
		e := server.Entry{Time: o.run.Now().UTC(), Action: "take over the lock", Author: author(), Result: "ok", Reason: lock.Taken.String()}
		if err := o.store.Audit(ctx, e); err != nil {
			return err
		}
	}
	held, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-held.Done():
		case <-lock.Lost():
			cancel(failure.New(failure.Unexpected, "the lock on %s is lost", o.settings.Host).WithHint("mage deploy:status %s", o.Project.Env))
		}
	}()
	return do(held)
}

// errOvertaken says that another deployment ended between the plan and the lock.
// Look again, and plan anew.
var errOvertaken = errors.New("another deployment ended meanwhile")

// stillCurrent refuses to go on with a plan that another deployment has made old.
// Maintenance may have been turned on or off meanwhile, and stays as it is.
func (r *rollout) stillCurrent(ctx context.Context) error {
	now, err := r.store.Current(ctx)
	if err != nil {
		return err
	}
	if now != r.from.ID {
		return failure.New(failure.Locked, "%w: release %s serves on %s", errOvertaken, now, r.settings.Host).WithHint("mage %s", r.target)
	}
	proxy, err := r.readProxy(ctx)
	r.proxy.Options.Maintenance = proxy.Options.Maintenance
	return err
}

// person is who deploys, and where.
func person() (name, host string) {
	name = "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ = os.Hostname()
	return name, host
}

// author is who deploys, for people to ask.
func author() string {
	name, host := person()
	return name + "@" + host
}

// Lock says who holds the lock of an environment's server.
func Lock(ctx context.Context, w *app.Run, env string) error {
	return with(ctx, w, env, "deploy:lock "+env, func(ctx context.Context, o *operation) error {
		return o.aboutLock(func() (*serverlock.Holder, error) { return serverlock.Show(ctx, o.server, o.store.Root) }, func(h *serverlock.Holder) error {
			_, err := fmt.Fprintf(w.Out, "%s: %s\n", o.settings.Host, h)
			return err
		})
	})
}

// Unlock takes the lock away from a holder that is dead, and with force from one
// that is not.
func Unlock(ctx context.Context, w *app.Run, env string, force bool) error {
	return with(ctx, w, env, "deploy:unlock "+env, func(ctx context.Context, o *operation) error {
		take := func() (*serverlock.Holder, error) { return serverlock.Break(ctx, o.server, o.store.Root, env, force) }
		return o.aboutLock(take, func(h *serverlock.Holder) error {
			if _, err := fmt.Fprintf(w.Out, "taken away: %s\n", h); err != nil {
				return err
			}
			return o.store.Audit(ctx, server.Entry{Time: w.Now().UTC(), Action: "unlock", Author: author(), Result: "ok", Reason: h.String()})
		})
	})
}

// aboutLock asks for the holder, where the server has ever been deployed to, and
// says that there is none or what the caller says of it.
func (o *operation) aboutLock(ask func() (*serverlock.Holder, error), say func(*serverlock.Holder) error) error {
	var holder *serverlock.Holder
	if o.store.Exists() {
		var err error
		if holder, err = ask(); err != nil {
			return err
		}
	}
	if holder != nil {
		return say(holder)
	}
	_, err := fmt.Fprintf(o.run.Out, "nobody deploys to %s\n", o.settings.Host)
	return err
}
