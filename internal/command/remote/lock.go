package remote

import (
	"context"
	"os"
	"os/user"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
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
			o.Run.Tell("waiting for %s", h)
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

// lockDocument is deploy:lock -json.
type lockDocument struct {
	Version     int          `json:"version"`
	Environment string       `json:"environment"`
	Host        string       `json:"host,omitempty"`
	Holder      *holderEntry `json:"holder"` // null: nobody deploys
	Error       string       `json:"error,omitempty"`
	ExitCode    int          `json:"exit_code,omitempty"`
}

type holderEntry struct {
	serverlock.Holder

	Since time.Time `json:"since"`
	// SilentMS is how long it has said nothing; absent where the server was started
	// again in between.
	SilentMS *int64 `json:"silent_ms,omitempty"`
	Stale    bool   `json:"stale"` // for so long that it is thought to be dead
}

// Lock says who holds the lock of an environment's server.
func Lock(ctx context.Context, w *app.Run, env string, json bool) error {
	doc := lockDocument{Version: 1, Environment: env}
	failed := func(text string, code int) any {
		doc.Error, doc.ExitCode = text, code
		return doc
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return With(ctx, w, env, "deploy:lock "+env, func(ctx context.Context, o *Operation) error {
			show := func() (*serverlock.Holder, error) { return serverlock.Show(ctx, o.Server, o.Store.Root) }
			if !json {
				return o.aboutLock(show, func(h *serverlock.Holder) error {
					return w.Say("%s: %s\n", o.Settings.Host, h)
				})
			}
			doc.Host = o.Settings.Host
			if o.Store.Exists() {
				h, err := show()
				if err != nil {
					return err
				}
				doc.Holder = entryOf(h)
			}
			return report.Document(w.Out, doc)
		})
	})
}

func entryOf(h *serverlock.Holder) *holderEntry {
	if h == nil {
		return nil
	}
	e := &holderEntry{Holder: *h, Since: h.Started.UTC(), Stale: h.Stale}
	if h.Heartbeat >= 0 {
		silent := h.Heartbeat.Milliseconds()
		e.SilentMS = &silent
	}
	return e
}

// Unlock takes the lock away from a holder that is dead, and with force from one
// that is not.
func Unlock(ctx context.Context, w *app.Run, env string, force bool) error {
	return With(ctx, w, env, "deploy:unlock "+env, func(ctx context.Context, o *Operation) error {
		take := func() (*serverlock.Holder, error) { return serverlock.Break(ctx, o.Server, o.Store.Root, env, force) }
		return o.aboutLock(take, func(h *serverlock.Holder) error {
			if err := w.Say("taken away: %s\n", h); err != nil {
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
	return o.Run.Say("nobody deploys to %s\n", o.Settings.Host)
}
