package infra

import (
	"cmp"
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// Exec runs a shell line in a service's container; its exit code is the
// command's, as an Exit. Without a shell in the container, the line is split
// into words and run as it is.
func Exec(ctx context.Context, w *app.Run, service, line string) error {
	return inContainer(ctx, w, given(service), func(ctx context.Context, s *load.Session, c observe.Container) (docker.Command, error) {
		shell, err := s.Client.HasFile(ctx, c.ID, "/bin/sh")
		if err != nil {
			return docker.Command{}, err
		}
		if shell {
			return docker.Command{Argv: []string{"/bin/sh", "-c", line}, Shell: true}, nil
		}
		words, err := infra.Words(line)
		if err != nil || len(words) == 0 {
			return docker.Command{}, failure.New(failure.Usage, "no command in %q", line).WithHint("mage infra:exec %s \"CMD\"", service)
		}
		return docker.Command{Argv: words}, nil
	})
}

// Shell opens a shell in a service's container: bash, else sh.
func Shell(ctx context.Context, w *app.Run, service string) error {
	return inContainer(ctx, w, given(service), func(ctx context.Context, s *load.Session, c observe.Container) (docker.Command, error) {
		for _, shell := range []string{"/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"} {
			has, err := s.Client.HasFile(ctx, c.ID, shell)
			if err != nil {
				return docker.Command{}, err
			}
			if has {
				posix, err := s.Client.HasFile(ctx, c.ID, "/bin/sh")
				return docker.Command{Argv: []string{shell}, Shell: posix}, err
			}
		}
		return docker.Command{}, failure.New(failure.Preflight, "the image %s has no shell", c.Image).
			WithHint("mage infra:exec %s \"PROGRAM ARGUMENTS\" runs a program of it", service)
	})
}

func given(service string) func(*load.Session) (string, error) {
	return func(*load.Session) (string, error) { return service, nil }
}

// inContainer runs a command in the first running container of a service.
func inContainer(ctx context.Context, w *app.Run, find func(*load.Session) (string, error),
	command func(context.Context, *load.Session, observe.Container) (docker.Command, error)) error {
	signals := w.Signals
	w = w.WithoutSignals()
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		service, err := find(s)
		if err != nil {
			return err
		}
		c, err := runningContainer(ctx, s, service)
		if err != nil {
			return err
		}
		cmd, err := command(ctx, s, c)
		if err == nil {
			cmd.Signals = w.OwnSignals(signals)
			err = attach(ctx, s, c, cmd)
		}
		return docker.Named(err, c.ID, c.Name)
	})
}

// runningContainer is the first running one of a service.
func runningContainer(ctx context.Context, s *load.Session, service string) (observe.Container, error) {
	state, err := s.Observe(ctx)
	if err != nil {
		return observe.Container{}, err
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

// attach runs cmd with the streams of the workflow, over a terminal where
// both ends are one.
func attach(ctx context.Context, s *load.Session, c observe.Container, cmd docker.Command) error {
	cmd.In, cmd.Out, cmd.Err = s.Run.In, s.Run.Out, s.Run.Err
	if t, ok := s.Run.Terminal(); ok {
		cmd.TTY, cmd.Env = true, append(cmd.Env, "TERM="+cmp.Or(s.Run.Getenv("TERM"), "xterm"))
		sizes, restore, err := t.Raw()
		if err != nil {
			return err
		}
		defer restore()
		cmd.Size, cmd.Sizes = t.Size(), sizes
	}
	code, err := s.Client.Attach(ctx, c.ID, cmd)
	if err != nil || code == 0 {
		return err
	}
	return &app.Exit{Code: code}
}
