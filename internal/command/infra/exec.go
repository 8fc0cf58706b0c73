package infra

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// Exec runs a shell line in a service's container; its exit code is the
// command's, as an Exit. Without a shell in the container, the line is split
// into words and run as it is.
func Exec(ctx context.Context, w *app.Run, service, line string) error {
	return inContainer(ctx, w, "infra:exec", given(service), func(ctx context.Context, _ *load.Session, in Inside) (docker.Command, error) {
		return in.line(ctx, line)
	})
}

// Shell opens a shell in a service's container: bash, else sh.
func Shell(ctx context.Context, w *app.Run, service string) error {
	return inContainer(ctx, w, "infra:shell", given(service), func(ctx context.Context, _ *load.Session, in Inside) (docker.Command, error) {
		return in.shell(ctx)
	})
}

func given(service string) func(*load.Session) (string, error) {
	return func(*load.Session) (string, error) { return service, nil }
}

// inContainer runs a command in the first running container of a service.
func inContainer(ctx context.Context, w *app.Run, target string, find func(*load.Session) (string, error),
	command func(context.Context, *load.Session, Inside) (docker.Command, error)) error {
	signals := w.Signals
	w = w.WithoutSignals()
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		service, err := find(s)
		if err != nil {
			return err
		}
		if err := s.NotDeployed(ctx, target, "SERVICE", service); err != nil {
			return err
		}
		c, err := runningContainer(ctx, s, service)
		if err != nil {
			return err
		}
		in := Inside{Run: w, Client: s.Client, Container: c, Signals: signals, Exec: "infra:exec " + service}
		return in.run(ctx, func(ctx context.Context) (docker.Command, error) { return command(ctx, s, in) })
	})
}

// runningContainer is the first running one of a service, or the one of that name.
func runningContainer(ctx context.Context, s *load.Session, service string) (observe.Container, error) {
	state, err := s.Observe(ctx)
	if err != nil {
		return observe.Container{}, err
	}
	if c, named := state.Named(service); named && c.State == "running" {
		return c, nil
	}
	if err := s.Choose([]string{service}, state); err != nil {
		return observe.Container{}, err
	}
	load.WarnOthers(ctx, s, state)
	have := state.Containers[service]
	i := slices.IndexFunc(have, func(c observe.Container) bool { return c.State == "running" })
	if i < 0 {
		return observe.Container{}, failure.New(failure.Preflight, "service %q is not running", service).
			WithHint("mage infra:up -services=%s", service)
	}
	return have[i], nil
}
