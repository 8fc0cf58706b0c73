package workflow

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// InfraExec runs a shell line in a service's container; its exit code is the
// command's, as an Exit. Without a shell in the container, the line is split
// into words and run as it is.
func (w *Workflow) InfraExec(ctx context.Context, service, line string) error {
	return w.inside(ctx, given(service), func(ctx context.Context, s *session, c observe.Container) (docker.Command, error) {
		shell, err := s.client.HasFile(ctx, c.ID, "/bin/sh")
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

// InfraShell opens a shell in a service's container: bash, else sh.
func (w *Workflow) InfraShell(ctx context.Context, service string) error {
	return w.inside(ctx, given(service), func(ctx context.Context, s *session, c observe.Container) (docker.Command, error) {
		for _, shell := range []string{"/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"} {
			has, err := s.client.HasFile(ctx, c.ID, shell)
			if err != nil {
				return docker.Command{}, err
			}
			if has {
				posix, err := s.client.HasFile(ctx, c.ID, "/bin/sh")
				return docker.Command{Argv: []string{shell}, Shell: posix}, err
			}
		}
		return docker.Command{}, failure.New(failure.Preflight, "the image %s has no shell", c.Image).
			WithHint("mage infra:exec %s \"PROGRAM ARGUMENTS\" runs a program of it", service)
	})
}

func given(service string) func(*session) (string, error) {
	return func(*session) (string, error) { return service, nil }
}

// inside runs a command in the first running container of a service.
func (w *Workflow) inside(ctx context.Context, find func(*session) (string, error),
	command func(context.Context, *session, observe.Container) (docker.Command, error)) error {
	signals := w.Signals
	w = w.withoutSignals()
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		service, err := find(s)
		if err != nil {
			return err
		}
		c, err := s.runningContainer(ctx, service)
		if err != nil {
			return err
		}
		cmd, err := command(ctx, s, c)
		if err != nil {
			return err
		}
		cmd.Signals = w.ownSignals(signals)
		return s.attach(ctx, c, cmd)
	})
}

// runningContainer is the first running one of a service.
func (s *session) runningContainer(ctx context.Context, service string) (observe.Container, error) {
	state, err := s.observe(ctx)
	if err != nil {
		return observe.Container{}, err
	}
	if err := s.choose([]string{service}, state); err != nil {
		return observe.Container{}, err
	}
	s.tellOthers(ctx, state)
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
func (s *session) attach(ctx context.Context, c observe.Container, cmd docker.Command) error {
	cmd.In, cmd.Out, cmd.Err = s.w.In, s.w.Out, s.w.Err
	if t, ok := s.w.terminal(); ok {
		cmd.TTY, cmd.Env = true, append(cmd.Env, "TERM="+first(s.w.Getenv("TERM"), "xterm"))
		sizes, restore, err := t.raw()
		if err != nil {
			return err
		}
		defer restore()
		cmd.Size, cmd.Sizes = t.size(), sizes
	}
	code, err := s.client.Attach(ctx, c.ID, cmd)
	if err != nil || code == 0 {
		return err
	}
	return &Exit{Code: code}
}
