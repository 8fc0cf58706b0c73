package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/server"
)

// Options are the flags of deploy:to and deploy:dev.
type Options struct {
	Env      string
	Target   string // what the user typed
	Yes      bool   // do not ask
	YesInfra bool   // also change services of the infrastructure that have volumes
	Dry      bool   // only say what would be done
	Wait     bool   // for another run's end
}

// To brings the application, and what has changed of the infrastructure, to the
// environment's server.
func To(ctx context.Context, w *app.Run, o Options) error {
	return with(ctx, w, o.Env, cmp.Or(o.Target, "deploy:to "+o.Env), func(ctx context.Context, op *operation) error {
		return op.deploy(ctx, o, deploy.Scope{Infra: true, App: true})
	})
}

// deploy plans and carries out; with Wait it does so anew where what was waited for
// has made the plan old.
func (o *operation) deploy(ctx context.Context, opts Options, scope deploy.Scope) error {
	for {
		err := (&rollout{operation: o, scope: scope}).deploy(ctx, opts)
		if !opts.Wait || !errors.Is(err, errOvertaken) {
			return err
		}
		if err := o.look(ctx); err != nil {
			return err
		}
	}
}

func (r *rollout) deploy(ctx context.Context, o Options) error {
	began := r.run.Now()
	if err := r.notByHand(); err != nil {
		return err
	}
	if err := r.prepare(ctx, o.Dry); err != nil {
		return err
	}
	todo, err := r.todo(ctx)
	if err != nil {
		return err
	}
	if todo.nothing() {
		_, err := fmt.Fprintf(r.run.Out, "%s on %s is release %s, nothing to do (%s)\n", r.settings.Name, r.settings.Host, r.from.ID, report.Took(r.run.Now().Sub(began)))
		return err
	}
	if err := r.fits(ctx, todo); err != nil {
		return err
	}
	if err := r.show(todo); err != nil || o.Dry {
		return err
	}
	if err := r.agreed(ctx, todo, o); err != nil {
		return err
	}
	return r.locked(ctx, o.Wait, func(ctx context.Context) error {
		return r.recorded(ctx, "deploy", began, func() error { return r.carryOut(ctx, todo) })
	})
}

// agreed asks, where anybody is there to answer.
func (r *rollout) agreed(ctx context.Context, t todo, o Options) error {
	if names := t.withVolumes(); len(names) > 0 && !o.YesInfra {
		return failure.New(failure.Refused, "%s would be made anew, and its data is in a volume", strings.Join(names, ", ")).
			WithHint("mage %s -yesinfra", r.target)
	}
	if names := t.Of(deploy.Infra, deploy.Remove); len(names) > 0 && !o.YesInfra {
		return failure.New(failure.Refused, "the Compose files no longer have %s, which would be removed", strings.Join(names, ", ")).
			WithHint("mage %s -yesinfra", r.target)
	}
	if r.release.Dirty && r.run.Getenv("CI") == "true" {
		return failure.New(failure.Refused, "there are changes that no commit has, and CI=true").WithHint("commit them")
	}
	if t.Release {
		if err := r.checkMemory(ctx); err != nil {
			return err
		}
	}
	return r.run.Confirm(ctx, fmt.Sprintf("deploy %s to %s", r.Project.Env, r.settings.Host), o.Yes)
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
		stack, err := r.onServer(ctx, "infra.yml", r.stack)
		if err != nil {
			return err
		}
		if err := r.converge(ctx, stack, t.remake()); err != nil {
			return r.unserved(ctx, err)
		}
		if err := r.store.Write(ctx, stackFile, r.stack); err != nil {
			return err
		}
		if err := r.updateVariables(ctx, t.Release); err != nil {
			return err
		}
	}
	if !t.Release {
		return r.settle(ctx, t.Left)
	}
	return r.rollOut(ctx, r.settings.Watch)
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

// settle ends what a run that was cut short has begun, where its release serves.
func (r *rollout) settle(ctx context.Context, left []string) error {
	if len(left) == 0 {
		return nil
	}
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
	for _, id := range left {
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
	if err == nil {
		err = r.restarts(ctx)
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
	_, err = fmt.Fprintf(r.run.Out, "release %s serves on %s\n", r.release.ID, r.settings.Host)
	return err
}

func (r *rollout) switchPlan(watch time.Duration) plan.Plan {
	p := plan.Plan{Project: r.settings.Name}
	p.Add(plan.Step{ID: "switch traffic", Cause: "the release is ready", Action: plan.SwitchTraffic{Release: r.release.ID, From: r.from.ID}})
	if watch > 0 {
		p.Add(plan.Step{ID: "watch release", After: []plan.Edge{plan.Needs("switch traffic")}, Cause: "the one before still runs",
			Action: plan.WatchRelease{Release: r.release.ID, For: watch}})
	}
	return p
}

func (r *rollout) drainPlan() plan.Plan {
	p := plan.Plan{Project: r.settings.Name}
	if len(r.proxy.Routes) > 0 {
		p.Add(plan.Step{ID: "drain traffic", Cause: "requests and streams end by themselves", Action: plan.DrainTraffic{Release: r.from.ID, Grace: r.settings.Drain}})
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
	if action == "deploy" && !r.app { // of which there is no new one
		release = r.from.ID
	}
	e := server.Entry{Time: began.UTC(), Action: action, Release: release, From: r.from.ID, Author: author()}
	failed := r.hooked(ctx, &e, do)
	e.TookMS = r.run.Now().Sub(began).Milliseconds()
	e.Dumps = r.dumped
	late, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	if err := r.store.Audit(late, e); err != nil && failed == nil {
		return err
	}
	return failed
}

// show prints what is to be done.
func (r *rollout) show(t todo) error {
	_, err := fmt.Fprintf(r.run.Out, "%s → %s (%s)\n", r.Project.Env, r.settings.Host, r.settings.Path)
	for _, line := range append(t.Lines(r.from.ID), t.lines...) {
		if err == nil {
			_, err = fmt.Fprintf(r.run.Out, "  %s\n", line)
		}
	}
	if err == nil {
		err = execute.PrintPlan(r.run, t.before)
	}
	return err
}
