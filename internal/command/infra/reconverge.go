package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Reconverge is run without a report: the caller tells what came of it.
func (u *UpRun) Reconverge(ctx context.Context) (_ []status.Failure, err error) {
	if u.digests, err = u.Project.Digests(); err != nil {
		return nil, err
	}
	unlock, _, err := u.Lock(ctx, u.Options.Target, u.Options.Timeout)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err = u.Take(ctx); err != nil || infra.UpToDate(u.Project, u.state, u.planOptions()) {
		return nil, err
	}
	p, err := u.plan(ctx)
	if err != nil {
		return nil, err
	}
	return u.walkAndDiagnose(ctx, p)
}

// Restart stops services and those that ask to be restarted with them, and has all
// ready again, without a report.
func (u *UpRun) Restart(ctx context.Context, services []string) ([]status.Failure, error) {
	if err := u.stop(ctx, infra.WithRestarted(u.Project, services)); err != nil {
		return nil, err
	}
	return u.Reconverge(ctx)
}

func (u *UpRun) stop(ctx context.Context, services []string) error {
	unlock, _, err := u.Lock(ctx, u.Options.Target, u.Options.Timeout)
	if err != nil {
		return err
	}
	defer unlock()
	if err := u.Take(ctx); err != nil {
		return err
	}
	p, err := infra.PlanStop(u.Project, u.state, services)
	if err != nil {
		return err
	}
	r := &execute.Runner{Session: u.Session}
	defer r.SaveRecord()
	result, _, err := execute.WalkPlan(ctx, u.Session, p, r, u.Options.Target, u.Format)
	if err == nil {
		err = result.Err()
	}
	return err
}

// walkAndDiagnose walks the plan and looks at what came of it.
func (u *UpRun) walkAndDiagnose(ctx context.Context, p plan.Plan) ([]status.Failure, error) {
	result, _, err := u.execute(ctx, p)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	state, err := u.Observe(ctx)
	if err != nil {
		return nil, err
	}
	failures := u.failures(ctx, p, result, infra.Status(u.Project, state), state)
	if failed := u.failed(result, failures); failed != nil {
		return failures, failed
	}
	return nil, nil
}
