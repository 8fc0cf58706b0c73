package workflow

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// converge plans, executes and reports.
func (u *up) converge(ctx context.Context) error {
	p, err := u.plan(ctx)
	if err != nil {
		return err
	}
	u.claimBegin(ctx)
	result, events, err := u.execute(ctx, p)
	if err != nil {
		return err
	}
	var sig signalled
	if errors.As(context.Cause(ctx), &sig) {
		return u.stopped(ctx, sig, "mage "+u.o.Target+" goes on from here, mage infra:down stops what runs")
	}
	return u.finish(ctx, p, result, events)
}

// executeWith walks a plan with the event stream open and a reporter at it.
func (s *session) executeWith(ctx context.Context, p plan.Plan, r *runner, title string, f format) (engine.Result, []engine.Event, error) {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	r.monitor = s.client.Monitor(watch, s.project.Name)
	reporter := report.New(f.options)
	reporter.Start(title, p)
	var events []engine.Event
	result, err := engine.Execute(ctx, p, r, engine.Options{Now: s.w.Now, Sink: func(e engine.Event) {
		events = append(events, e)
		reporter.Event(e)
	}})
	reporter.Stop()
	return result, events, err
}

// execute walks the plan under the time-out and remembers what was seen ready.
func (u *up) execute(ctx context.Context, p plan.Plan) (engine.Result, []engine.Event, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, u.o.Timeout, errTimeout)
	defer cancel()
	r := &runner{s: u.session, digests: u.digests}
	result, events, err := u.executeWith(ctx, p, r, u.o.Target+" "+u.project.Name, u.format)
	u.found = r.found
	r.remember()
	return result, events, err
}

// hashes asks the Compose CLI what it would label each service with.
func (u *up) hashes(ctx context.Context) (map[string]string, error) {
	var out, errs bytes.Buffer
	if err := u.session.run(ctx, u.compose.Argv("config", "--hash", "*"), &out, &errs); err != nil {
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
