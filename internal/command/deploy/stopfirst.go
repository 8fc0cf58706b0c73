package deploy

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// switchOver has the release serve, and watches it. What must not run twice is
// replaced after the requests are the release's. From then on a boot starts the
// release, as the gateway's configuration says, so it gets its restart policies
// before it is watched.
func (r *rollout) switchOver(ctx context.Context, watch time.Duration) error {
	p := plan.Plan{Project: r.Settings.Name}
	p.Add(plan.Step{ID: "switch traffic", Cause: "the release is ready", Action: plan.SwitchTraffic{Release: r.release.ID, From: r.from.ID}})
	if err := r.walk(ctx, r.atServer(), p, "switch"); err != nil {
		return err
	}
	if len(deploy.NotTwice(r.release)) > 0 {
		if err := r.handOver(ctx); err != nil {
			return err
		}
	}
	if err := r.restarts(ctx); err != nil || watch == 0 {
		return err
	}
	p = plan.Plan{Project: r.Settings.Name}
	p.Add(plan.Step{ID: "watch release", Cause: "the one before still runs", Action: plan.WatchRelease{Release: r.release.ID, For: watch}})
	return r.walk(ctx, r.atServer(), p, "watch")
}

// handOver stops what must not run twice, in every other release, and then starts
// it in this one. A boot in between starts none of the old.
func (r *rollout) handOver(ctx context.Context) error {
	if err := r.LookForContainers(ctx); err != nil {
		return err
	}
	once := deploy.NotTwice(r.release)
	for id, all := range r.Seen.Containers {
		for _, c := range all {
			if id != "" && id != r.release.ID && c.State == "running" && slices.Contains(once, c.Labels[deploy.LabelService]) {
				r.stopped = append(r.stopped, c.Name)
			}
		}
	}
	slices.Sort(r.stopped)
	if len(r.stopped) > 0 {
		p := plan.Plan{Project: r.Settings.Name}
		addStop(&p, "it must not run twice", r.stopped)
		if err := r.walk(ctx, r.atServer(), p, "stop first"); err != nil {
			return err
		}
	}
	model, err := deploy.Alone(r.started(), r.release)
	if err != nil {
		return err
	}
	return r.startModel(ctx, model, false)
}

// startAgain starts what handOver has stopped of the release that serves again.
func (r *rollout) startAgain(ctx context.Context) error {
	policies := map[string]string{}
	for _, c := range r.Seen.Containers[r.from.ID] {
		if slices.Contains(r.stopped, c.Name) {
			policies[c.Name] = r.from.Services[c.Labels[deploy.LabelService]].Restart
		}
	}
	if len(policies) == 0 {
		return nil
	}
	p := plan.Plan{Project: r.Settings.Name}
	addStart(&p, nil, "the new one failed", policies)
	return r.walk(ctx, r.atServer(), p, "start again")
}

// addStop stops containers, which no boot starts meanwhile.
func addStop(p *plan.Plan, cause string, names []string) {
	policies := map[string]string{}
	for _, name := range names {
		policies[name] = "no"
	}
	p.Add(plan.Step{ID: "hold restarts", Cause: cause, Action: plan.SetRestart{Policies: policies}})
	p.Add(plan.Step{ID: "stop containers", After: []plan.Edge{plan.Needs("hold restarts")}, Cause: cause, Action: plan.StopContainers{Names: names}})
}

// addStart starts containers, and gives them restart policies.
func addStart(p *plan.Plan, after []plan.Edge, cause string, policies map[string]string) {
	p.Add(plan.Step{ID: "start containers", After: after, Cause: cause, Action: plan.StartContainers{Names: slices.Sorted(maps.Keys(policies))}})
	p.Add(plan.Step{ID: "set restarts", After: []plan.Edge{plan.Needs("start containers")}, Action: plan.SetRestart{Policies: policies}})
}
