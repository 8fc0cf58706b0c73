package infra

import (
	"cmp"
	"context"
	"os"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// Inside is a container that a command is run in, with the streams and the
// terminal of a run whose signals are the command's.
type Inside struct {
	Run       *app.Run // without its signals
	Client    *docker.Client
	Container observe.Container
	Signals   <-chan os.Signal
	Exec      string // what the user types to run another: infra:exec api
}

// RunLine runs a shell line; its exit code is the command's, as an Exit.
func (in Inside) RunLine(ctx context.Context, line string) error {
	return in.run(ctx, func(ctx context.Context) (docker.Command, error) { return in.line(ctx, line) })
}

// RunShell opens a shell: bash, else sh.
func (in Inside) RunShell(ctx context.Context) error { return in.run(ctx, in.shell) }

// line is the command for a shell line. Without a shell in the container it is split
// into words and run as it is.
func (in Inside) line(ctx context.Context, line string) (docker.Command, error) {
	shell, err := in.has(ctx, "/bin/sh")
	if err != nil {
		return docker.Command{}, err
	}
	if shell {
		return docker.Command{Argv: []string{"/bin/sh", "-c", line}, Shell: true}, nil
	}
	words, err := infra.Words(line)
	if err != nil || len(words) == 0 {
		return docker.Command{}, failure.New(failure.Usage, "no command in %q", line).WithHint("mage %s \"CMD\"", in.Exec)
	}
	return docker.Command{Argv: words}, nil
}

func (in Inside) shell(ctx context.Context) (docker.Command, error) {
	for _, shell := range []string{"/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"} {
		has, err := in.has(ctx, shell)
		if err != nil {
			return docker.Command{}, err
		}
		if has {
			posix, err := in.has(ctx, "/bin/sh")
			return docker.Command{Argv: []string{shell}, Shell: posix}, err
		}
	}
	return docker.Command{}, failure.New(failure.Preflight, "the image %s has no shell", in.Container.Image).
		WithHint("mage %s \"PROGRAM ARGUMENTS\" runs a program of it", in.Exec)
}

func (in Inside) has(ctx context.Context, path string) (bool, error) {
	return in.Client.HasFile(ctx, in.Container.ID, path)
}

func (in Inside) run(ctx context.Context, command func(context.Context) (docker.Command, error)) error {
	cmd, err := command(ctx)
	if err == nil {
		cmd.Signals = in.Run.OwnSignals(in.Signals)
		err = in.attach(ctx, cmd)
	}
	return docker.Named(err, in.Container.ID, in.Container.Name)
}

// attach runs cmd with the streams of the run, over a terminal where both ends
// are one.
func (in Inside) attach(ctx context.Context, cmd docker.Command) error {
	w := in.Run
	cmd.In, cmd.Out, cmd.Err = w.In, w.Out, w.ChildErr() // its words are its own
	if t, ok := w.Terminal(); ok {
		cmd.TTY, cmd.Env = true, append(cmd.Env, "TERM="+cmp.Or(w.Getenv("TERM"), "xterm"))
		sizes, restore, err := t.Raw()
		if err != nil {
			return err
		}
		defer restore()
		cmd.Size, cmd.Sizes = t.Size(), sizes
	}
	code, err := in.Client.Attach(ctx, in.Container.ID, cmd)
	if err != nil || code == 0 {
		return err
	}
	return &app.Exit{Code: code}
}
