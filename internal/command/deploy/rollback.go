package deploy

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// RollbackOptions are the flags of deploy:rollback.
type RollbackOptions struct {
	Env string
	To  string // a release's ID; "" is the one before
	Yes bool   // do not ask
	// Wait: for another run's end.
	Wait bool
	// YesSchema: the database stays as later releases have left it, and the earlier
	// one can live with that.
	YesSchema bool
}

// Rollback has an earlier release serve again: its images, variables and files as
// they were. It runs no migration and leaves the infrastructure alone.
func Rollback(ctx context.Context, w *app.Run, o RollbackOptions) error {
	return with(ctx, w, o.Env, "deploy:rollback "+o.Env, func(ctx context.Context, op *operation) error {
		r := &rollout{operation: op, from: op.Seen.Current}
		began := r.Run.Now()
		if err := r.choose(o.To); err != nil {
			return err
		}
		if err := r.schema(o.YesSchema); err != nil {
			return err
		}
		if err := r.restore(ctx); err != nil {
			return err
		}
		if err := r.readHooks(ctx); err != nil {
			return err
		}
		if err := r.checkMemory(ctx); err != nil {
			return err
		}
		question := fmt.Sprintf("roll %s on %s back to release %s", r.Project.Env, r.Settings.Host, r.release.ID)
		if err := r.Run.Confirm(ctx, question, o.Yes); err != nil {
			return err
		}
		return r.locked(ctx, o.Wait, func(ctx context.Context) error {
			return r.recorded(ctx, "rollback", began, func() error { return r.rollOut(ctx, 0) })
		})
	})
}

// choose finds the release to go back to.
func (r *rollout) choose(id string) error {
	if r.from.ID == "" {
		return failure.New(failure.Preflight, "nothing serves on %s", r.Settings.Host).WithHint("mage deploy:to %s", r.Project.Env)
	}
	for _, one := range r.Seen.Releases { // newest first
		if one.ID == id || id == "" && one.ID < r.from.ID {
			r.release = one
			break
		}
	}
	switch {
	case r.release.ID == "" && id == "":
		return failure.New(failure.Preflight, "the server keeps no release before %s", r.from.ID).WithHint("mage deploy:history %s", r.Project.Env)
	case r.release.ID == "":
		return r.UnknownRelease(id)
	case r.release.ID == r.from.ID:
		return failure.New(failure.Usage, "release %s serves already", id).WithHint("mage deploy:history %s", r.Project.Env)
	}
	return nil
}

// schema refuses where a later release may have changed the database: nobody
// changes it back.
func (r *rollout) schema(agreed bool) error {
	if agreed {
		return nil
	}
	var migrations []string
	for _, one := range r.Seen.Releases {
		if one.ID <= r.release.ID || one.ID > r.from.ID {
			continue
		}
		for name, s := range one.Services {
			if s.OneShot && !s.Compatible {
				migrations = append(migrations, one.ID+": "+name)
			}
		}
	}
	if len(migrations) == 0 {
		return nil
	}
	return failure.New(failure.Preflight, "later releases ran what may have changed the database").WithDetails(migrations...).
		WithHint("if release %s can live with that: mage deploy:rollback %s -to=%s -yesschema", r.release.ID, r.Project.Env, r.release.ID)
}

// restore reads the release as it was. What it ran once is not run again.
func (r *rollout) restore(ctx context.Context) error {
	text, err := r.Store.Model(ctx, r.release.ID, "app.yml")
	if err != nil {
		return err
	}
	if r.model, err = deploy.WithoutOneShots(text, r.release); err != nil {
		return err
	}
	if r.routes = r.release.Routes; len(r.routes) == 0 {
		return nil
	}
	if r.proxy, err = r.readProxy(ctx); err != nil {
		return err
	}
	if missing := deploy.NotAmong(r.routes, r.proxy.Routes); len(missing) > 0 {
		return failure.New(failure.Preflight, "the gateway no longer has a port of release %s: %v", r.release.ID, missing).
			WithHint("publish it again and deploy: mage deploy:to %s", r.Project.Env)
	}
	return nil
}
