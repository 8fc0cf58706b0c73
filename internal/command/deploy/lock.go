package deploy

import (
	"context"
	"errors"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// locked does something of a release while nobody else deploys the project to the
// server. What the server has is looked at again under the lock: another run may
// have ended meanwhile.
func (r *rollout) locked(ctx context.Context, wait bool, do func(context.Context) error) error {
	return r.Exclusive(ctx, wait, func(ctx context.Context) error {
		if err := r.stillCurrent(ctx); err != nil {
			return err
		}
		return do(ctx)
	})
}

// errOvertaken says that another deployment ended between the plan and the lock.
// Look again, and plan anew.
var errOvertaken = errors.New("another deployment ended meanwhile")

// stillCurrent refuses to go on with a plan that another deployment has made old.
// Maintenance may have been turned on or off meanwhile, and stays as it is.
func (r *rollout) stillCurrent(ctx context.Context) error {
	now, err := r.Store.Current(ctx)
	if err != nil {
		return err
	}
	if now != r.from.ID {
		return failure.New(failure.Locked, "%w: release %s serves on %s", errOvertaken, now, r.Settings.Host).WithHint("mage %s", r.Target)
	}
	proxy, err := r.readProxy(ctx)
	r.proxy.Options.Maintenance = proxy.Options.Maintenance
	return err
}
