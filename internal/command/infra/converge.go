package infra

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// converge plans, executes and reports.
func (u *UpRun) converge(ctx context.Context) error {
	p, err := u.plan(ctx)
	if err != nil {
		return err
	}
	u.ClaimBegin(ctx)
	result, events, err := u.execute(ctx, p)
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		return execute.Interrupted(ctx, u.Session, sig, "mage "+u.Options.Target+" goes on from here, mage infra:down stops what runs")
	}
	return u.finish(ctx, p, result, events)
}

// execute walks the plan under the time-out and remembers what was seen ready.
func (u *UpRun) execute(ctx context.Context, p plan.Plan) (engine.Result, []engine.Event, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, u.Options.Timeout, errTimeout)
	defer cancel()
	r := &execute.Runner{Session: u.Session, Digests: u.digests}
	result, events, err := execute.WalkPlan(ctx, u.Session, p, r, u.Options.Target+" "+u.Project.Name, u.Format)
	u.found = r.Found
	r.SaveRecord()
	return result, events, err
}

// hashes asks the Compose CLI what it would label each service with.
func (u *UpRun) hashes(ctx context.Context) (map[string]string, error) {
	var out, errs bytes.Buffer
	if err := u.Session.Exec(ctx, u.Compose.Argv("config", "--hash", "*"), &out, &errs); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, failure.New(failure.Preflight, "docker compose config: %s", strings.TrimSpace(errs.String())).
			WithHint("docker compose version must be 2.20 or newer")
	}
	hashes := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if name, hash, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			hashes[name] = hash
		}
	}
	return hashes, nil
}
