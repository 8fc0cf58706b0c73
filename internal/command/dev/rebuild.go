package dev

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// rebuildAll builds what has changed and restarts what uses it. reloaded is the line
// of a reload that led to it, or nil.
func (d *watcher) rebuildAll(ctx context.Context, reloaded *watchLine) {
	b, looked := d.building(silent(d.w).Format(false)), d.look()
	if len(d.world.built) > 0 {
		if err := b.Look(ctx); err != nil {
			d.sources(ctx, reloaded, err)
			return
		}
	}
	asked := d.asked()
	b.Verdicts = slices.DeleteFunc(b.Verdicts, func(v image.Verdict) bool {
		return d.last[v.Build.Name].Key == v.Key || !asked[v.Build.Name]
	})
	maps.DeleteFunc(d.due, func(name string, _ bool) bool {
		return !slices.ContainsFunc(b.Verdicts, func(v image.Verdict) bool { return v.Build.Name == name })
	})
	if len(b.Verdicts) == 0 && reloaded == nil {
		if !d.behind {
			d.mended()
			return
		}
		reloaded = d.line("stack", "tried again", true)
	}
	r := &rebuild{d: d, b: b, of: map[string]*watchLine{}, looked: looked, before: d.imageTrees()}
	for _, v := range b.Verdicts {
		r.of[v.Build.Name] = d.line(subjects(v.Build), d.why(b, v), len(b.Verdicts) == 1 && reloaded == nil)
		r.all = append(r.all, r.of[v.Build.Name])
	}
	if reloaded != nil {
		r.all, r.made = append(r.all, reloaded), watchLines{reloaded}
	}
	r.run(ctx)
}

// sources tells of sources that cannot even be read.
func (d *watcher) sources(ctx context.Context, reloaded *watchLine, err error) {
	if ctx.Err() != nil {
		return
	}
	if reloaded == nil {
		reloaded = d.line(strings.Join(d.world.services, ", "), "cannot be built", true)
	}
	reloaded.add("the containers go on running as they are")
	reloaded.end()
	_ = d.reported(ctx, err)
}

// mended ends what was told of something wrong, where it is as before that.
func (d *watcher) mended() {
	if d.wrong && d.ready {
		d.wrong = false
		s := d.line("stack", "all is as it was, nothing to build", true)
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
func (d *watcher) why(b *build.Operation, v image.Verdict) string {
	last, known := d.last[v.Build.Name]
	if !known {
		return v.Cause
	}
	return image.Summary(image.Explain(last, b.Records[v.Build.Name]))
}

// rebuild is one round at work.
type rebuild struct {
	d      *watcher
	b      *build.Operation
	all    watchLines
	of     map[string]*watchLine // by the build's name
	images map[string]string     // what b's names stood for before, by name
	// What the rules' files were when b looked, and when the images before were made.
	looked, before map[string]develop.Tree

	made    watchLines           // those whose image is there now
	failed  []report.BuildFailed // what to show below the lines
	unready []status.Failure
	err     error
}

func (r *rebuild) run(ctx context.Context) {
	defer r.end(ctx)
	if len(r.b.Verdicts) > 0 {
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
func (r *rebuild) give(ctx context.Context, err error) {
	r.d.behind = true
	if ctx.Err() != nil {
		r.all.add("interrupted")
		return
	}
	r.all.add("not done")
	r.err = err
}

// end tells the lines, and below them what went wrong.
func (r *rebuild) end(ctx context.Context) {
	r.all.end()
	_ = report.BuildFailures(r.d.format.Options, r.failed)
	for _, f := range r.unready {
		report.FailureBlock(r.d.format.Options, f)
	}
	if r.err != nil {
		_ = r.d.reported(ctx, r.err)
	}
}

// build makes the images.
func (r *rebuild) build(ctx context.Context) error {
	r.images = r.b.State.Engine
	p, err := r.b.Plan()
	if err != nil {
		return err
	}
	unlock, _, err := r.b.Lock(ctx, devWatch, time.Hour)
	if err != nil {
		return err
	}
	defer unlock()
	result, _, err := execute.WalkPlan(ctx, r.b.Session, p, &execute.Runner{Session: r.b.Session, Builds: r.b}, devWatch, r.b.Format)
	if err != nil || ctx.Err() != nil {
		return build.ErrorOr(err, func() error { return context.Cause(ctx) })
	}
	for _, v := range r.b.Verdicts {
		if err := r.built(ctx, v, result); err != nil {
			return err
		}
	}
	return nil
}

// built tells how one build ended.
func (r *rebuild) built(ctx context.Context, v image.Verdict, result engine.Result) error {
	name := v.Build.Name
	s, m := r.of[name], r.b.Made.Of(name)
	switch build.StateAfter(v, result) {
	case report.ImageBuilt:
		r.d.last[name] = r.b.Records[name]
		r.succeeded(v.Build, s)
		s.add("built " + report.Took(m.Took) + " " + rerun(m))
	case report.ImageExists, report.ImageTagged:
		r.d.last[name] = r.b.Records[name]
		r.succeeded(v.Build, s)
		s.add("built before")
	case report.BuildBroken:
		return r.broken(ctx, v, m, result)
	default:
		s.add("not built, as another was not")
	}
	return nil
}

// succeeded notes that an image is there, made of what there was when b looked.
func (r *rebuild) succeeded(one plan.Build, line *watchLine) {
	delete(r.d.due, one.Name)
	r.made = append(r.made, line)
	r.d.imageOf(one.Services, r.looked)
}

// broken tells of a failed build. One whose files changed while it was built is
// none: their change leads to a round of its own.
func (r *rebuild) broken(ctx context.Context, v image.Verdict, m *build.Result, result engine.Result) error {
	if m.Failed != nil {
		if _, made := r.d.last[v.Build.Name]; made {
			delete(r.d.due, v.Build.Name) // until a rule asks again
		}
		r.d.wrong = true
		r.failed = append(r.failed, *m.Failed)
		r.of[v.Build.Name].add("build failed after " + report.Took(m.Took) + ", the containers go on running as they are")
		return nil
	}
	if !r.d.moved(ctx, r.b, v.Build.Name) {
		return result.Outcomes[image.MakeID(v.Build)].Err
	}
	r.of[v.Build.Name].add("changed again while it was built")
	return nil
}

// moved: what a build is made from is not what it was when b looked.
func (d *watcher) moved(ctx context.Context, b *build.Operation, name string) bool {
	now := d.building(b.Format)
	return now.Look(ctx) == nil && now.Records[name].Key != b.Records[name].Key
}

// rerun says how many steps were not in BuildKit's cache.
func rerun(m *build.Result) string {
	n, all := 0, 0
	for _, s := range m.Steps {
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
func (r *rebuild) lacking() bool {
	for _, v := range r.b.Verdicts {
		if _, made := r.d.last[v.Build.Name]; made {
			continue
		}
		if slices.ContainsFunc(v.Build.Tags, func(tag string) bool { return r.images[tag] == "" }) {
			return true
		}
	}
	return false
}
