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
}

// DevUp builds what has changed and brings the stack with the application's own
// services to ready.
func (w *Workflow) DevUp(ctx context.Context, o DevUpOptions) error {
	built, err := w.builtAmong(ctx, o.Services)
	if err != nil {
		return err
	}
	if len(built) > 0 || len(o.Services) == 0 {
		if err := w.Build(ctx, BuildOptions{Services: built}); err != nil {
			return err
		}
	}
	return w.InfraUp(ctx, UpOptions{Services: o.Services, Timeout: o.Timeout, Backend: true, Target: "dev:up"})
}

// builtAmong are those of services and what they depend on that have a build
// section: the images of others are not needed, and may be broken.
func (w *Workflow) builtAmong(ctx context.Context, services []string) (names []string, err error) {
	if len(services) == 0 {
		return nil, nil
	}
	err = w.guarded(ctx, func(ctx context.Context) error {
		s, err := w.open(ctx, sessionOptions{services: services, backend: true, environment: true})
		if err != nil {
			return err
		}
		defer s.close()
		names = image.Buildable(s.project)
		return nil
	})
	return names, err
}
