package workflow

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/image"
)

// DevUpOptions are the flags of dev:up.
type DevUpOptions struct {
	Services []string
	Timeout  time.Duration // 0 means DefaultTimeout
	Adopt    bool          // take over what another checkout has made
}

// DevUp builds what has changed and brings the stack with the application's own
// services to ready.
func (w *Workflow) DevUp(ctx context.Context, o DevUpOptions) error {
	built, err := w.builtAmong(ctx, &o)
	if err != nil {
		return err
	}
	if len(built) > 0 || len(o.Services) == 0 {
		if err := w.Build(ctx, BuildOptions{Services: built}); err != nil {
			return err
		}
	}
	return w.InfraUp(ctx, UpOptions{Services: o.Services, Timeout: o.Timeout, Backend: true, Target: "dev:up", Adopt: o.Adopt})
}

// builtAmong are those of services and what they depend on that have a build
// section: the images of others are not needed, and may be broken.
//
// Nothing is built for a stack that is another checkout's. Where the user says
// that it is his own, o.Adopt is set.
func (w *Workflow) builtAmong(ctx context.Context, o *DevUpOptions) (names []string, err error) {
	err = w.guarded(ctx, func(ctx context.Context) error {
		s, err := w.open(ctx, sessionOptions{services: o.Services, backend: true, environment: true})
		if err != nil {
			return err
		}
		defer s.close()
		if len(o.Services) > 0 {
			names = image.Buildable(s.project)
		}
		u := &up{session: s, w: w, o: UpOptions{Adopt: o.Adopt}}
		err = u.take(ctx)
		o.Adopt = u.o.Adopt
		return err
	})
	return names, err
}
