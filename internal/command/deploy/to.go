package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/server"
)

// Options are the flags of deploy:to and of the targets that are a part of it.
type Options struct {
	Env      string
	Target   string   // what the user typed
	Infra    *bool    // true is the infrastructure alone, false the application alone
	Services []string // these alone; nil is all
	Yes      bool     // do not ask
	YesInfra bool     // also change services of the infrastructure that have volumes
	Dry      bool     // only say what would be done
	Wait     bool     // for another run's end
	JSON     bool
}

// To brings the application, and what has changed of the infrastructure, to the
// environment's server.
func To(ctx context.Context, w *app.Run, o Options) error {
	d := &deployment{options: o, began: w.Now(), doc: report.Deployed{Version: 1, Environment: o.Env, Plan: emptyPlan(o.Env)}}
	return w.OneDocument(o.JSON, d.failed, func(w *app.Run) error {
		open := with
		if o.Dry {
			open = looking
		}
		d.out, w = w.Out, o.talking(w)
		return open(ctx, w, o.Env, o.typed(), d.untilDone)
	})
}

// typed is the target with the flags that say what it is about.
func (o Options) typed() string {
	text := cmp.Or(o.Target, "deploy:to "+o.Env)
	if o.Target == "" && o.Infra != nil {
		text += fmt.Sprintf(" -infra=%t", *o.Infra)
	}
	if o.Services != nil {
		text += " -services=" + strings.Join(o.Services, ",")
	}
	return text
}

// talking is w for a run whose standard output is a document's: what people read
// goes to the other stream.
func (o Options) talking(w *app.Run) *app.Run {
	if !o.JSON {
		return w
	}
	quiet := *w
	quiet.Out, quiet.OutTerminal = w.Err, w.ErrTerminal
	return &quiet
}

// asked is what the run is about.
func (o Options) asked() (deploy.Scope, error) {
	scope := deploy.Scope{Infra: true, App: true, Services: o.Services}
	if o.Infra == nil {
		return scope, nil
	}
	if o.Services != nil {
		return scope, failure.New(failure.Usage, "-infra and -services both say what the run is about").WithHint("name one of them")
	}
	scope.Infra, scope.App = *o.Infra, !*o.Infra
	return scope, nil
}

// deployment is one deploy:to at work, with the document of it.
type deployment struct {
	options Options
	began   time.Time
	out     io.Writer // the document's
	doc     report.Deployed
}

// failed is the document of a run that ended without one.
func (d *deployment) failed(text string, code int) any {
	d.doc.Error, d.doc.ExitCode = text, code
	if d.options.Dry {
		d.doc.Plan.Error, d.doc.Plan.ExitCode = text, code
		return d.doc.Plan
	}
	return d.doc
}

// untilDone plans and carries out; with Wait it does so anew where what was waited
// for has made the plan old.
func (d *deployment) untilDone(ctx context.Context, op *operation) error {
	for {
		err := d.do(ctx, op)
		if !d.options.Wait || !errors.Is(err, errOvertaken) {
			return err
		}
		if err := op.Look(ctx); err != nil {
			return err
		}
	}
}

func (d *deployment) do(ctx context.Context, op *operation) error {
	r := &rollout{operation: op}
	d.doc.Project, d.doc.Host, d.doc.Release = op.Settings.Name, op.Settings.Host, op.Seen.Current.ID
	var err error
	if r.scope, err = d.options.asked(); err != nil {
		return err
	}
	if err := r.NotByHand(); err != nil {
		return err
	}
	if err := r.prepare(ctx, d.options.Dry); err != nil {
		return err
	}
	t, err := r.todo(ctx)
	if err != nil {
		return err
	}
	if t.nothing() && !d.options.Dry {
		return d.unchanged(ctx, r, t)
	}
	if err := r.fits(ctx, t); err != nil {
		return err
	}
	if d.doc.Plan, err = r.planned(ctx, t); err != nil {
		return err
	}
	if d.options.Dry {
		return d.dry(r, t)
	}
	if err := r.tell(d.doc.Plan, false); err != nil {
		return err
	}
	if err := r.agreed(ctx, t, d.options); err != nil {
		return err
	}
	err = r.locked(ctx, d.options.Wait, func(ctx context.Context) error {
		return r.recorded(ctx, "deploy", d.began, func() error { return r.carryOut(ctx, t) })
	})
	d.doc.Changed = failure.CodeOf(err) != failure.Locked
	if err != nil {
		d.serving(ctx, r)
		return err
	}
	if t.Release {
		d.doc.Release, d.doc.From = r.release.ID, r.from.ID
	}
	return d.finish(r)
}

// serving notes which release serves after a failure.
func (d *deployment) serving(ctx context.Context, r *rollout) {
	ctx, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	if id, err := r.Store.Current(ctx); err == nil {
		d.doc.Release = id
	}
}

// dry shows the plan, and for people its steps.
func (d *deployment) dry(r *rollout, t todo) error {
	if d.options.JSON {
		return report.Document(d.out, d.doc.Plan)
	}
	if err := r.tell(d.doc.Plan, false); err != nil || t.nothing() {
		return err
	}
	return execute.PrintPlan(r.Run, t.before)
}

func (d *deployment) unchanged(ctx context.Context, r *rollout, t todo) (err error) {
	if d.options.JSON {
		if d.doc.Plan, err = r.planned(ctx, t); err != nil {
			return err
		}
		return d.finish(r)
	}
	is := "is as it is to be"
	if r.from.ID != "" {
		is = "is release " + r.from.ID
	}
	return r.Run.Say("%s on %s %s, nothing to do (%s)\n", r.Settings.Name, r.Settings.Host, is, report.Took(r.Run.Now().Sub(d.began)))
}

// finish writes the document of a run that went well.
func (d *deployment) finish(r *rollout) error {
	d.doc.OK, d.doc.TookMS = true, r.Run.Now().Sub(d.began).Milliseconds()
	if !d.options.JSON {
		return nil
	}
	return report.Document(d.out, d.doc)
}

// agreed asks, where anybody is there to answer.
func (r *rollout) agreed(ctx context.Context, t todo, o Options) error {
	if names := t.withVolumes(); len(names) > 0 && !o.YesInfra {
		return failure.New(failure.Refused, "%s would be made anew, and its data is in a volume", strings.Join(names, ", ")).
			WithHint("mage %s -yesinfra", r.Target)
	}
	if names := t.Of(deploy.Infra, deploy.Remove); len(names) > 0 && !o.YesInfra {
		return failure.New(failure.Refused, "the Compose files no longer have %s, which would be removed", strings.Join(names, ", ")).
			WithHint("mage %s -yesinfra", r.Target)
	}
	if r.release.Dirty && r.Run.Getenv("CI") == "true" {
		return failure.New(failure.Refused, "there are changes that no commit has, and CI=true").WithHint("commit them")
	}
	if t.Release {
		if err := r.checkMemory(ctx); err != nil {
			return err
		}
	}
	return r.Run.Confirm(ctx, fmt.Sprintf("%s to %s", r.question(), r.Settings.Host), o.Yes)
}

// question is what is asked, but for the server.
func (r *rollout) question() string {
	switch {
	case r.scope.Services != nil:
		return fmt.Sprintf("deploy %s of %s", strings.Join(r.scope.Services, ", "), r.Project.Env)
	case !r.scope.App:
		return fmt.Sprintf("deploy the infrastructure of %s", r.Project.Env)
	case !r.scope.Infra:
		return fmt.Sprintf("deploy the application of %s", r.Project.Env)
	}
	return "deploy " + r.Project.Env
}

// stackFile is the model that the infrastructure was last brought up with.
const stackFile = "infra.yml"

// carryOut does all of it. Until the release serves, a failure removes it.
func (r *rollout) carryOut(ctx context.Context, t todo) error {
	s := r.atServer()
	if err := r.walk(ctx, s, t.before, "prepare"); err != nil {
		return err
	}
	if t.infra() {
		stack, err := r.OnServer(ctx, "infra.yml", r.stack)
		if err != nil {
			return err
		}
		if err := r.converge(ctx, stack, t.remake()); err != nil {
			return r.unserved(ctx, err)
		}
		if err := r.Store.Write(ctx, stackFile, r.stack); err != nil {
			return err
		}
		if err := r.updateVariables(ctx, t.Release); err != nil {
			return err
		}
	}
	switch {
	case t.Release:
		return r.rollOut(ctx, r.Settings.Watch)
	case len(t.Left) == 0 && !t.Unended:
		return nil
	}
	if err := r.settle(ctx, t); err != nil {
		return err
	}
	if r.scope.Infra && r.scope.Services == nil { // an adoption that was cut short has not written it
		if err := r.Store.Write(ctx, stackFile, r.stack); err != nil {
			return err
		}
	}
	return r.prune(ctx)
}

// unserved forgets a release that never came to be started, as one that is kept may
// be rolled back to.
func (r *rollout) unserved(ctx context.Context, failed error) error {
	if !r.app {
		return failed
	}
	ctx, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	if err := r.forget(ctx, r.release); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// settle ends what a run that was cut short has begun, where its release serves. It
// prunes nothing: an adoption has not written yet what its infrastructure is given.
func (r *rollout) settle(ctx context.Context, t todo) error {
	r.release = r.from
	if err := r.resume(ctx); err != nil {
		return err
	}
	if err := r.restarts(ctx); err != nil {
		return err
	}
	if err := r.walk(ctx, r.atServer(), r.drainPlan(), "drain"); err != nil {
		return err
	}
	for _, id := range t.Left {
		if err := r.remove(ctx, id); err != nil {
			return err
		}
	}
	return r.forgetUnserved(ctx)
}

// rollOut starts the release, has it serve, and removes the one before.
func (r *rollout) rollOut(ctx context.Context, watch time.Duration) error {
	err := r.start(ctx)
	if err == nil {
		err = r.switchOver(ctx, watch)
	}
	if err != nil {
		return r.undo(ctx, err)
	}
	if r.from.ID != "" && r.from.ID != r.release.ID {
		if err := r.walk(ctx, r.atServer(), r.drainPlan(), "drain"); err != nil {
			return err
		}
	}
	for _, id := range r.toRemove() {
		if err := r.remove(ctx, id); err != nil {
			return err
		}
	}
	if err := r.forgetUnserved(ctx); err != nil {
		return err
	}
	if err := r.prune(ctx); err != nil {
		return err
	}
	return r.Run.Say("release %s serves on %s\n", r.release.ID, r.Settings.Host)
}

func (r *rollout) drainPlan() plan.Plan {
	p := plan.Plan{Project: r.Settings.Name}
	if len(r.proxy.Routes) > 0 {
		p.Add(plan.Step{ID: "drain traffic", Cause: "requests and streams end by themselves", Action: plan.DrainTraffic{Release: r.from.ID, Grace: r.Settings.Drain}})
	}
	return p
}

// toRemove are the releases whose containers go: the one before, and what runs
// that were cut short have left.
func (r *rollout) toRemove() []string {
	list := r.others()
	if r.from.ID != "" && r.from.ID != r.release.ID && !slices.Contains(list, r.from.ID) {
		list = append(list, r.from.ID)
	}
	return list
}

// recorded has the project's hooks around a run, and writes down on the server how it
// ended.
func (r *rollout) recorded(ctx context.Context, action string, began time.Time, do func() error) error {
	release := r.release.ID
	if (action == "deploy" || action == "adopt") && !r.app { // of which there is no new one
		release = r.from.ID
	}
	e := server.Entry{Time: began.UTC(), Action: action, Release: release, From: r.from.ID, Author: remote.Author()}
	failed := r.hooked(ctx, &e, do)
	e.TookMS = r.Run.Now().Sub(began).Milliseconds()
	e.Dumps = r.dumped
	late, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	if err := r.Store.Audit(late, e); err != nil && failed == nil {
		return err
	}
	return failed
}
