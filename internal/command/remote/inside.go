package remote

import (
	"context"
	"errors"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	infracommand "github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/server"
)

// Exec runs a shell line in a service's container on the server; its exit code is
// the command's.
func Exec(ctx context.Context, w *app.Run, env, service, line string) error {
	return inContainer(ctx, w, env, "exec", service, func(ctx context.Context, in infracommand.Inside) error { return in.RunLine(ctx, line) })
}

// Shell opens a shell in a service's container on the server.
func Shell(ctx context.Context, w *app.Run, env, service string) error {
	return inContainer(ctx, w, env, "shell", service, func(ctx context.Context, in infracommand.Inside) error { return in.RunShell(ctx) })
}

// inContainer does something in a running container of a service: of the release
// that serves, or of the infrastructure. The server's audit log says that somebody
// was there, and not what they typed, which may hold a secret.
func inContainer(ctx context.Context, w *app.Run, env, action, service string, do func(context.Context, infracommand.Inside) error) error {
	signals := w.Signals
	return With(ctx, w.WithoutSignals(), env, "deploy:"+action+" "+env, func(ctx context.Context, o *Operation) error {
		c, err := o.running(o.Seen, service)
		if err != nil {
			return err
		}
		if err := o.noteVisit(ctx, action, service); err != nil {
			return err
		}
		return do(ctx, infracommand.Inside{Run: o.Run, Client: o.Engine, Container: c, Signals: signals, Exec: "deploy:exec " + env + " " + service})
	})
}

// running is a running container of a service.
func (o *Operation) running(seen Seen, service string) (observe.Container, error) {
	if len(seen.Containers) == 0 {
		return observe.Container{}, o.nothingDeployed()
	}
	if err := load.Among([]string{service}, o.everyService()); err != nil {
		return observe.Container{}, err
	}
	have := slices.Concat(seen.Of(seen.Current.ID), seen.Containers[""])
	i := slices.IndexFunc(have, func(c observe.Container) bool {
		return c.Labels[deploy.LabelService] == service && c.State == "running"
	})
	if i < 0 {
		return observe.Container{}, failure.New(failure.Preflight, "service %q is not running on %s", service, o.Settings.Host).
			WithHint("mage deploy:status %s", o.Project.Env)
	}
	return have[i], nil
}

// noteVisit writes to the audit log that somebody was on the server.
func (o *Operation) noteVisit(ctx context.Context, action, where string) error {
	return o.Store.Audit(ctx, server.Entry{Time: o.Run.Now().UTC(), Action: action, Author: Author(), Result: "ok", Reason: where})
}

// SSH opens the user's own ssh in the project's directory on the server. Its exit
// code is the shell's there.
func SSH(ctx context.Context, w *app.Run, env string) error {
	signals := w.Signals
	w = w.WithoutSignals()
	var o *Operation
	err := With(ctx, w, env, "deploy:ssh "+env, func(ctx context.Context, op *Operation) error {
		if o = op; !op.Store.Exists() {
			return nil
		}
		return op.noteVisit(ctx, "ssh", "")
	})
	if err != nil {
		return err
	}
	return w.Guard(ctx, func(ctx context.Context) error {
		ctx, stop := app.UntilSignal(ctx, w.OwnSignals(signals))
		defer stop()
		argv, err := ssh.Login(o.Settings.Host, o.Store.Root, w.InTerminal)
		if err != nil {
			return err
		}
		err = local.Run(ctx, local.Command{Argv: argv, Dir: w.Dir, Env: w.Environ, Stdin: w.In, Stdout: w.Out, Stderr: w.ChildErr(), Foreground: true})
		if exit := (*local.ExitError)(nil); errors.As(err, &exit) {
			return &app.Exit{Code: exit.Code}
		}
		return app.EndedBySignal(ctx, err)
	})
}
