package dev

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// restart brings the stack to ready with the new images. If it does not get
// there, the images that it was ready with are put back.
func (r *rebuild) restart(ctx context.Context) {
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

func reasons(failures []status.Failure) string {
	text := failures[0].Service + " is not ready: " + failures[0].Reason
	if len(failures) > 1 {
		text += " (and others)"
	}
	return text
}

// back gives the names of images to those that they stood for before, and has
// the services use them.
func (r *rebuild) back(ctx context.Context) {
	if !r.d.ready || len(r.b.Verdicts) == 0 {
		r.d.ready = false
		return
	}
	for _, v := range r.b.Verdicts {
		r.d.imageOf(v.Build.Services, r.before)
		for _, tag := range v.Build.Tags {
			if id := r.images[tag]; id != "" {
				if err := r.b.Client.Tag(ctx, id, tag); err != nil {
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
func (d *watcher) converge(ctx context.Context) ([]status.Failure, error) {
	quiet := silent(d.w)
	return d.up(quiet, quiet.Format(false)).Reconverge(ctx)
}
