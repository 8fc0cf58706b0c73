package remote

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/server"
	"github.com/infinitescribe/spellbook/internal/serverlock"
)

// Exclusive does something while nobody else changes what the project has on the
// server, from whatever machine, and ends it where the lock is lost.
func (o *Operation) Exclusive(ctx context.Context, wait bool, do func(context.Context) error) error {
	if err := o.Store.MakeDir("."); err != nil {
		return err
	}
	name, host := person()
	lock, err := serverlock.Acquire(ctx, o.Server, serverlock.Options{Path: o.Store.Root, Env: o.Project.Env, Owner: name, Host: host,
		Target: o.Target, PID: os.Getpid(), Wait: wait, Waiting: func(h serverlock.Holder) {
			_, _ = fmt.Fprintf(o.Run.Err, "waiting for %s\n", h)
		}})
	if err != nil {
		return err
	}
	defer func() { o.Run.NoteUnsaved(lock.Release()) }()
	if lock.Taken != nil {
		e := server.Entry{Time: o.Run.Now().UTC(), Action: "take over the lock", Author: Author(), Result: "ok", Reason: lock.Taken.String()}
		if err := o.Store.Audit(ctx, e); err != nil {
			return err
		}
	}
	held, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-held.Done():
		case <-lock.Lost():
			cancel(failure.New(failure.Unexpected, "the lock on %s is lost", o.Settings.Host).WithHint("mage deploy:status %s", o.Project.Env))
		}
	}()
	return do(held)
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

// Author is who deploys, for people to ask.
func Author() string {
	name, host := person()
	return name + "@" + host
}

// Lock says who holds the lock of an environment's server.
func Lock(ctx context.Context, w *app.Run, env string) error {
	return With(ctx, w, env, "deploy:lock "+env, func(ctx context.Context, o *Operation) error {
		return o.aboutLock(func() (*serverlock.Holder, error) { return serverlock.Show(ctx, o.Server, o.Store.Root) }, func(h *serverlock.Holder) error {
			_, err := fmt.Fprintf(w.Out, "%s: %s\n", o.Settings.Host, h)
			return err
		})
	})
}

// Unlock takes the lock away from a holder that is dead, and with force from one
// that is not.
func Unlock(ctx context.Context, w *app.Run, env string, force bool) error {
	return With(ctx, w, env, "deploy:unlock "+env, func(ctx context.Context, o *Operation) error {
		take := func() (*serverlock.Holder, error) { return serverlock.Break(ctx, o.Server, o.Store.Root, env, force) }
		return o.aboutLock(take, func(h *serverlock.Holder) error {
			if _, err := fmt.Fprintf(w.Out, "taken away: %s\n", h); err != nil {
				return err
			}
			return o.Store.Audit(ctx, server.Entry{Time: w.Now().UTC(), Action: "unlock", Author: Author(), Result: "ok", Reason: h.String()})
		})
	})
}

// aboutLock asks for the holder, where the server has ever been deployed to, and
// says that there is none or what the caller says of it.
func (o *Operation) aboutLock(ask func() (*serverlock.Holder, error), say func(*serverlock.Holder) error) error {
	var holder *serverlock.Holder
	if o.Store.Exists() {
		var err error
		if holder, err = ask(); err != nil {
			return err
		}
	}
	if holder != nil {
		return say(holder)
	}
	_, err := fmt.Fprintf(o.Run.Out, "nobody deploys to %s\n", o.Settings.Host)
	return err
}
