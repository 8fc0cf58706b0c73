package dev

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
)

// UpOptions are the flags of dev:up.
type UpOptions struct {
	Services []string
	Timeout  time.Duration // 0 means DefaultTimeout
	Adopt    bool          // take over what another checkout has made
}

// Up builds what has changed and brings the stack with the application's own
// services to ready.
func Up(ctx context.Context, w *app.Run, o UpOptions) error {
	built, err := builtAmong(ctx, w, &o)
	if err != nil {
		return err
	}
	if len(built) > 0 || len(o.Services) == 0 {
		chosen := built
		if len(o.Services) == 0 { // the same ones, but what is not there is told as build:backend tells it
			chosen = nil
		}
		err := build.Build(ctx, w, build.Options{Services: chosen, Up: true})
		if err != nil && !errors.Is(err, build.ErrInactive) { // which is not brought up either
			return err
		}
	}
	return infra.Up(ctx, w, infra.UpOptions{Services: o.Services, Timeout: o.Timeout, Backend: true, Target: "dev:up", Adopt: o.Adopt, Built: built})
}

// builtAmong are those of services and what they depend on that have a build
// section, of the backend's where none is named: the images of others are not
// needed, and may be broken.
//
// Nothing is built for a stack that is another checkout's. Where the user says
// that it is his own, o.Adopt is set.
func builtAmong(ctx context.Context, w *app.Run, o *UpOptions) (names []string, err error) {
	err = w.Guard(ctx, func(ctx context.Context) error {
		s, err := load.Open(ctx, w, load.Options{Services: o.Services, Backend: true, Environment: true})
		if err != nil {
			return err
		}
		defer s.Close()
		names = image.Buildable(s.Project)
		if len(o.Services) == 0 {
			own := s.Project.BackendServices()
			names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(own, name) })
		}
		if err := s.NotDeployed(ctx, "dev:up"); err != nil {
			return err
		}
		u := &infra.UpRun{Session: s, Run: w, Options: infra.UpOptions{Adopt: o.Adopt}}
		err = u.Take(ctx)
		o.Adopt = u.Options.Adopt
		return s.Explained(err)
	})
	return names, err
}
