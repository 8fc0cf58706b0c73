package deploy

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/server"
)

// failedGrace is how long the targets of a failed deployment may take, as it may
// have been ended by the user.
const failedGrace = time.Minute

// readHooks reads what the project runs here beside a deployment. A target that
// this program has not is told now, and not when the release serves.
func (r *rollout) readHooks(ctx context.Context) (err error) {
	if r.hooks, err = deploy.Hooks(r.Project); err != nil {
		return err
	}
	for hook, targets := range r.hooks {
		for _, argv := range targets {
			var said bytes.Buffer
			help := local.Command{Argv: []string{r.Run.Program, "-h", argv[0]}, Dir: r.Layout.Root, Env: r.Run.Environ, Stdout: &said}
			var exit *local.ExitError
			err := local.Run(ctx, help)
			if errors.As(err, &exit) || err == nil && !strings.Contains(said.String(), "Usage:") { // a namespace has a list
				return failure.New(failure.Preflight, "x-spellbook.hooks: there is no target %s for %s", argv[0], hook).WithHint("mage -l lists those there are")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// callHooks runs the targets of one moment after another, with what this run is
// about in their environment. What they print is printed.
func (r *rollout) callHooks(ctx context.Context, hook deploy.Hook, e server.Entry) error {
	env := append(slices.Clone(r.Run.Environ),
		"SPELLBOOK_DEPLOY_HOOK="+string(hook), "SPELLBOOK_DEPLOY_ACTION="+e.Action, "SPELLBOOK_DEPLOY_ENV="+r.Project.Env,
		"SPELLBOOK_DEPLOY_HOST="+r.Settings.Host, "SPELLBOOK_DEPLOY_RELEASE="+e.Release, "SPELLBOOK_DEPLOY_FROM="+e.From,
		"SPELLBOOK_DEPLOY_RESULT="+e.Result, "SPELLBOOK_DEPLOY_REASON="+e.Reason)
	for _, argv := range r.hooks[hook] {
		r.Run.Tell("%s: mage %s", hook, strings.Join(argv, " "))
		c := local.Command{Argv: append([]string{r.Run.Program}, argv...), Dir: r.Layout.Root, Env: env, Stdout: r.Run.ChildErr(), Stderr: r.Run.ChildErr()}
		err := local.Run(ctx, c)
		var exit *local.ExitError
		if errors.As(err, &exit) {
			return failure.New(failure.Unexpected, "%s: mage %s ended with exit code %d", hook, strings.Join(argv, " "), exit.Code)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hooked has a run between its hooks, and notes how it ended: a pre-deploy that fails
// is the end of it, and one of the later ones changes nothing any more.
func (r *rollout) hooked(ctx context.Context, e *server.Entry, do func() error) error {
	failed := r.callHooks(ctx, deploy.HookPreDeploy, *e)
	if failed == nil {
		failed = do()
	}
	if failed == nil {
		e.Result = "ok"
		err := r.callHooks(ctx, deploy.HookPostDeploy, *e)
		var f *failure.Error
		if errors.As(err, &f) {
			return f.WithDetails("release " + e.Release + " serves all the same")
		}
		return err
	}
	e.Result, e.Reason = "failed", failed.Error()
	late, cancel := app.Detached(ctx, failedGrace)
	defer cancel()
	if err := r.callHooks(late, deploy.HookFailed, *e); err != nil {
		r.Run.Tell("%v", err)
	}
	return failed
}
