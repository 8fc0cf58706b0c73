package workflow

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// restart brings the stack to ready with the new images. If it does not get
// there, the images that it was ready with are put back.
func (r *devRound) restart(ctx context.Context) {
	began := r.d.w.Now()
	failures, err := r.d.converge(ctx)
	took := report.Took(r.d.w.Now().Sub(began))
	switch {
	case err == nil:
		r.made.add("ready " + took)
		r.d.ready, r.d.behind, r.d.wrong = true, false, len(r.failed) > 0
	case len(failures) == 0:
		r.give(ctx, err)
	default:
		r.made.add(reasons(failures))
		r.unready, r.d.behind, r.d.wrong = failures, false, true
		r.back(ctx)
	}
}

func reasons(failures []report.Failure) string {
	text := failures[0].Service + " is not ready: " + failures[0].Reason
	if len(failures) > 1 {
		text += " (and others)"
	}
	return text
}

// back gives the names of images to those that they stood for before, and has
// the services use them.
func (r *devRound) back(ctx context.Context) {
	if !r.d.ready || len(r.b.verdicts) == 0 {
		r.d.ready = false
		return
	}
	for _, v := range r.b.verdicts {
		for _, tag := range v.Build.Tags {
			if id := r.images[tag]; id != "" {
				if err := r.b.client.Tag(ctx, id, tag); err != nil {
					r.give(ctx, err)
					return
				}
			}
		}
	}
	if failures, err := r.d.converge(ctx); err != nil || len(failures) > 0 {
		r.d.ready = false
		r.made.add("what ran before is not ready either")
		return
	}
	r.made.add("what ran before runs again")
}

// converge brings the stack to ready without a word, and diagnoses what is not.
// The error is set with failures, and without them where something else was in
// the way.
func (d *dev) converge(ctx context.Context) ([]report.Failure, error) {
	quiet := d.w.silent()
	return d.up(quiet, quiet.format(false)).reconverge(ctx)
}

// reconverge is run without a report: the caller tells what came of it.
func (u *up) reconverge(ctx context.Context) (_ []report.Failure, err error) {
	if u.digests, err = u.project.Digests(); err != nil {
		return nil, err
	}
	unlock, _, err := u.lock(ctx, u.o.Target, u.o.Timeout)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err = u.take(ctx); err != nil || infra.UpToDate(u.project, u.state, u.options()) {
		return nil, err
	}
	p, err := u.plan(ctx)
	if err != nil {
		return nil, err
	}
	return u.judge(ctx, p)
}

// judge walks the plan and looks at what came of it.
func (u *up) judge(ctx context.Context, p plan.Plan) ([]report.Failure, error) {
	result, _, err := u.execute(ctx, p)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	state, err := u.observe(ctx)
	if err != nil {
		return nil, err
	}
	failures := u.failures(ctx, p, result, infra.Status(u.project, state))
	if failed := u.failed(result, failures); failed != nil {
		return failures, failed
	}
	return nil, nil
}
