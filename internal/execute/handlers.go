package execute

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
	"github.com/infinitescribe/spellbook/internal/redact"
)

// handler does the steps whose action is of one kind.
type handler func(context.Context, call) error

// call is a step that is done; what is noted goes to its reader.
type call struct {
	step plan.Step
	note func(engine.Note)
}

// Run does one step.
func (r *Runner) Run(ctx context.Context, step plan.Step, note func(engine.Note)) error {
	do, ok := r.handlers()[step.Action.Kind()]
	if !ok {
		return fmt.Errorf("do step %q: no handler for action %T", step.ID, step.Action)
	}
	masked := func(n engine.Note) {
		n.Text = r.mask(n.Text)
		note(n)
	}
	return redact.Error(do(ctx, call{step: step, note: masked}), r.mask)
}

// mask takes the secrets of the project out of what others say while they work.
func (r *Runner) mask(text string) string {
	if r.Session == nil {
		return text
	}
	return r.Session.Project.MaskValues(text)
}

// handlers are all that the runner can do, by the kind of action: the one place
// outside package plan that a new action has to be added to.
func (r *Runner) handlers() map[string]handler {
	all := map[string]handler{}
	r.handleContainers(all)
	r.handleImages(all)
	r.handleRemovals(all)
	r.handleDeployments(all)
	r.handleDatabases(all)
	on(all, func(ctx context.Context, a plan.Compose, c call) error { return r.compose(ctx, a, c) })
	on(all, func(ctx context.Context, a plan.CallHook, c call) error { return r.hook(ctx, a, c.note) })
	on(all, func(ctx context.Context, _ plan.Record, _ call) error { return r.record(ctx) })
	return all
}

// on adds the handler of one action.
func on[A plan.Action](all map[string]handler, do func(context.Context, A, call) error) {
	var zero A
	all[zero.Kind()] = func(ctx context.Context, c call) error {
		a, ok := c.step.Action.(A)
		if !ok {
			return fmt.Errorf("do step %q: action %T is no %T", c.step.ID, c.step.Action, zero)
		}
		return do(ctx, a, c)
	}
}

func (r *Runner) handleContainers(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.StartContainers, c call) error {
		return Each(ctx, r.actual(c.step, a.Names), r.start)
	})
	on(all, func(ctx context.Context, a plan.StopContainers, c call) error {
		return Each(ctx, a.Names, func(ctx context.Context, name string) error { return r.stop(ctx, c.step.Service, name, a) })
	})
	on(all, func(ctx context.Context, a plan.RemoveContainers, _ call) error {
		return Each(ctx, a.Names, func(ctx context.Context, name string) error { return r.Session.Client.Remove(ctx, name, a.Volumes) })
	})
	on(all, func(ctx context.Context, a plan.RenameContainer, _ call) error {
		return r.Session.Client.Rename(ctx, a.Name, a.To)
	})
	on(all, func(ctx context.Context, a plan.AwaitReady, c call) error {
		return r.await(ctx, c.step, r.actual(c.step, a.Names), func(ctx context.Context, t *docker.Target) error {
			if err := r.prober.AwaitReady(ctx, t, a.Check, c.note); err != nil || a.Check.Plugin == "" {
				return err
			}
			return r.probe(ctx, a.Check.Plugin, c.step.Service, c.note)
		})
	})
	on(all, func(ctx context.Context, a plan.AwaitExit, c call) error {
		return r.await(ctx, c.step, r.actual(c.step, a.Names), func(ctx context.Context, t *docker.Target) error { return readiness.AwaitExit(ctx, t) })
	})
}

func (r *Runner) handleImages(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.PullImage, c call) error { return r.pull(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.BuildImage, c call) error { return r.Builds.Make(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.PushImage, c call) error { return r.Builds.Push(ctx, a.Refs, c.note) })
	on(all, func(ctx context.Context, a plan.TagImage, _ call) error {
		return Each(ctx, a.Tags, func(ctx context.Context, name string) error { return r.Session.Client.Tag(ctx, a.Source, name) })
	})
}

// handleRemovals are of what takes things away for good.
func (r *Runner) handleRemovals(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.RemoveNetwork, _ call) error {
		return docker.Named(r.Session.Client.RemoveNetwork(ctx, a.ID), a.ID, a.Name)
	})
	on(all, func(ctx context.Context, a plan.RemoveVolumes, _ call) error {
		return Each(ctx, a.Names, r.Session.Client.RemoveVolume)
	})
	on(all, func(ctx context.Context, a plan.RemoveImages, _ call) error {
		for _, ref := range a.Refs { // one image's names: the engine removes one after the other
			if err := r.Session.Client.RemoveImage(ctx, ref); err != nil {
				return err
			}
		}
		return nil
	})
	on(all, func(_ context.Context, a plan.RemovePaths, _ call) error { return removePaths(a.Paths) })
}
