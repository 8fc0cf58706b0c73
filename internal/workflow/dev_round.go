package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// round builds what has changed and restarts what uses it. reloaded is the line
// of a reload that led to it, or nil.
func (d *dev) round(ctx context.Context, reloaded *story) {
	b := d.building(d.w.silent().format(false))
	err := b.look(ctx)
	if err != nil {
		d.sources(ctx, reloaded, err)
		return
	}
	b.verdicts = slices.DeleteFunc(b.verdicts, func(v image.Verdict) bool { return d.last[v.Build.Name].Key == v.Key })
	if len(b.verdicts) == 0 && reloaded == nil {
		if !d.behind {
			d.mended()
			return
		}
		reloaded = d.story("stack", "tried again", true)
	}
	r := &devRound{d: d, b: b, of: map[string]*story{}}
	for _, v := range b.verdicts {
		r.of[v.Build.Name] = d.story(subjects(v.Build), d.why(b, v), len(b.verdicts) == 1 && reloaded == nil)
		r.all = append(r.all, r.of[v.Build.Name])
	}
	if reloaded != nil {
		r.all, r.made = append(r.all, reloaded), stories{reloaded}
	}
	r.run(ctx)
}

// sources tells of sources that cannot even be read.
func (d *dev) sources(ctx context.Context, reloaded *story, err error) {
	if ctx.Err() != nil {
		return
	}
	if reloaded == nil {
		reloaded = d.story(strings.Join(d.world.services, ", "), "cannot be built", true)
	}
	reloaded.add("the containers go on running as they are")
	reloaded.end()
	_ = d.told(ctx, err)
}

// mended ends what was told of something wrong, where it is as before that.
func (d *dev) mended() {
	if d.wrong && d.ready {
		d.wrong = false
		s := d.story("stack", "all is as it was, nothing to build", true)
		s.end()
	}
}

// subjects are the services that a line is about.
func subjects(b plan.Build) string {
	if n := len(b.Services); n > 3 {
		return fmt.Sprintf("%s and %d more", b.Services[0], n-1)
	}
	return strings.Join(b.Services, ", ")
}

// why is what has changed since the last image that was made here.
func (d *dev) why(b *building, v image.Verdict) string {
	last, known := d.last[v.Build.Name]
	if !known {
		return v.Cause
	}
	return image.Summary(image.Explain(last, b.records[v.Build.Name]))
}

// devRound is one round at work.
type devRound struct {
	d      *dev
	b      *building
	all    stories
	of     map[string]*story // by the build's name
	images map[string]string // what b's names stood for before, by name

	made    stories              // those whose image is there now
	failed  []report.BuildFailed // what to show below the lines
	unready []report.Failure
	err     error
}

func (r *devRound) run(ctx context.Context) {
	defer r.end(ctx)
	if len(r.b.verdicts) > 0 {
		if err := r.build(ctx); err != nil {
			r.give(ctx, err)
			return
		}
	}
	switch {
	case len(r.made) == 0:
	case r.lacking():
		r.made.add("not started, as not all images are there")
		r.d.behind = true
	default:
		r.restart(ctx)
	}
}

// give ends a round that something other than the sources ended.
func (r *devRound) give(ctx context.Context, err error) {
	r.d.behind = true
	if ctx.Err() != nil {
		r.all.add("interrupted")
		return
	}
	r.all.add("not done")
	r.err = err
}

// end tells the lines, and below them what went wrong.
func (r *devRound) end(ctx context.Context) {
	r.all.end()
	_ = report.BuildFailures(r.d.format.options, r.failed)
	for _, f := range r.unready {
		report.FailureBlock(r.d.format.options, f)
	}
	if r.err != nil {
		_ = r.d.told(ctx, r.err)
	}
}

// build makes the images.
func (r *devRound) build(ctx context.Context) error {
	r.images = r.b.state.Engine
	p, err := r.b.plan()
	if err != nil {
		return err
	}
	unlock, _, err := r.b.lock(ctx, devWatch, time.Hour)
	if err != nil {
		return err
	}
	defer unlock()
	result, _, err := r.b.executeWith(ctx, p, &runner{s: r.b.session, builds: r.b}, devWatch, r.b.format)
	if err != nil || ctx.Err() != nil {
		return errorOr(err, func() error { return context.Cause(ctx) })
	}
	for _, v := range r.b.verdicts {
		if err := r.built(ctx, v, result); err != nil {
			return err
		}
	}
	return nil
}

// built tells how one build ended.
func (r *devRound) built(ctx context.Context, v image.Verdict, result engine.Result) error {
	name := v.Build.Name
	s, m := r.of[name], r.b.made.of(name)
	switch stateAfter(v, result) {
	case report.ImageBuilt:
		r.d.last[name] = r.b.records[name]
		r.made = append(r.made, s)
		s.add("built " + report.Took(m.took) + " " + rerun(m))
	case report.ImageExists, report.ImageTagged:
		r.d.last[name] = r.b.records[name]
		r.made = append(r.made, s)
		s.add("built before")
	case report.BuildBroken:
		return r.broken(ctx, v, m, result)
	default:
		s.add("not built, as another was not")
	}
	return nil
}

// broken tells of a failed build. One whose files changed while it was built is
// none: their change leads to a round of its own.
func (r *devRound) broken(ctx context.Context, v image.Verdict, m *baking, result engine.Result) error {
	if m.failed != nil {
		r.d.wrong = true
		r.failed = append(r.failed, *m.failed)
		r.of[v.Build.Name].add("build failed after " + report.Took(m.took) + ", the containers go on running as they are")
		return nil
	}
	if !r.d.moved(ctx, r.b, v.Build.Name) {
		return result.Outcomes[image.MakeID(v.Build)].Err
	}
	r.of[v.Build.Name].add("changed again while it was built")
	return nil
}

// moved: what a build is made from is not what it was when b looked.
func (d *dev) moved(ctx context.Context, b *building, name string) bool {
	now := d.building(b.format)
	return now.look(ctx) == nil && now.records[name].Key != b.records[name].Key
}

// rerun says how many steps were not in BuildKit's cache.
func rerun(m *baking) string {
	n, all := 0, 0
	for _, s := range m.steps {
		if s.Number == 0 || strings.HasPrefix(s.Name, "FROM ") {
			continue // as in build:backend's own count
		}
		all++
		if !s.Cached {
			n++
		}
	}
	return fmt.Sprintf("(%d of %d steps)", n, all)
}

// lacking: a service has no image at all, which Compose would then build.
func (r *devRound) lacking() bool {
	for _, v := range r.b.verdicts {
		if _, made := r.d.last[v.Build.Name]; made {
			continue
		}
		if slices.ContainsFunc(v.Build.Tags, func(tag string) bool { return r.images[tag] == "" }) {
			return true
		}
	}
	return false
}
