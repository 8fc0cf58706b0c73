package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// todo is what differs between the server and what is to be there.
type todo struct {
	before      plan.Plan // images, files, the release itself
	remake      []string  // services of the infrastructure that are made, or made anew
	withVolumes []string  // those of them that are there and have data
	infra       bool      // something of the infrastructure does not run
	app         bool      // the application is another, or does not run
	left        []string  // releases that a run which was cut short has left running
	lines       []string  // why, for people
}

func (t todo) nothing() bool {
	return !t.infra && !t.app && len(t.remake) == 0 && len(t.left) == 0 && t.before.Empty()
}

// todo compares, and plans what comes before containers.
func (r *rollout) todo(ctx context.Context) (todo, error) {
	stack, err := r.onServer(ctx, "infra.yml", r.stack)
	if err != nil {
		return todo{}, err
	}
	t := todo{before: plan.Plan{Project: r.settings.Name}}
	r.compareInfra(&t, stack)
	r.compareApp(&t)
	return t, r.planBefore(ctx, &t, stack)
}

// compareInfra goes by the label of each container alone.
func (r *rollout) compareInfra(t *todo, stack *load.Session) {
	have := map[string]map[string]string{}
	for _, c := range r.seen.containers[""] {
		name := c.Labels[deploy.LabelService]
		have[name] = c.Labels
		if c.State != "running" && !stack.Project.Check(name).OneShot {
			t.infra = true
			t.lines = append(t.lines, fmt.Sprintf("%s is %s: started", name, c.State))
		}
	}
	for _, name := range stack.Project.Services() {
		s := stack.Project.Model.Services[name]
		switch labels, there := have[name]; {
		case !there:
			t.remake = append(t.remake, name)
			t.lines = append(t.lines, name+": new")
		case labels[deploy.LabelHash] != s.Labels[deploy.LabelHash]:
			t.remake = append(t.remake, name)
			t.lines = append(t.lines, name+": changed, made anew, which interrupts it")
			if slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Type == types.VolumeTypeVolume }) {
				t.withVolumes = append(t.withVolumes, name)
			}
		}
	}
}

// compareApp goes by the release that serves, and by what of it runs.
func (r *rollout) compareApp(t *todo) {
	if len(r.release.Services) == 0 {
		return
	}
	if r.from.ID == "" {
		t.app = true
		t.lines = append(t.lines, "the first release")
		return
	}
	changes := r.release.Changes(r.from)
	for _, c := range r.seen.containers[r.from.ID] {
		name := c.Labels[deploy.LabelService]
		if s := r.from.Services[name]; !s.OneShot && c.State != "running" {
			changes = append(changes, fmt.Sprintf("%s is %s", name, c.State))
		}
	}
	if len(r.seen.containers[r.from.ID]) == 0 {
		changes = append(changes, "release "+r.from.ID+" does not run")
	}
	t.app, t.lines = len(changes) > 0, append(t.lines, changes...)
	if t.left = r.others(); len(t.left) > 0 {
		t.lines = append(t.lines, fmt.Sprintf("left by a run that was cut short, removed: %s", strings.Join(t.left, ", ")))
	}
}

// planBefore is what has to be on the server before any container is made.
func (r *rollout) planBefore(ctx context.Context, t *todo, stack *load.Session) error {
	r.planCertificate(t)
	sources := map[string]string{} // by the name on the server
	for _, name := range t.remake {
		ref := r.Project.Model.Services[name].Image
		if name == deploy.GatewayService {
			ref = r.settings.Image
		}
		sources[stack.Project.Model.Services[name].Image] = ref
	}
	absent, err := r.absent(ctx, slices.Collect(maps.Keys(sources)))
	if err != nil {
		return err
	}
	var sent []plan.Edge
	send := func(ref, source, service string) {
		id := plan.ID("send " + ref)
		t.before.Add(plan.Step{ID: id, After: sent, Cause: "not on the server", Action: plan.SendImage{Source: source, Ref: ref, Service: service}})
		sent = []plan.Edge{plan.Needs(id)} // one after the other: they share a line
	}
	for _, ref := range absent {
		send(ref, sources[ref], "")
	}
	if t.app {
		for _, name := range slices.Sorted(maps.Keys(r.release.Services)) {
			send(r.release.Services[name].Image, r.Project.Model.Services[name].Image, name)
		}
	}
	return r.planFiles(ctx, t, sent)
}

func (r *rollout) planFiles(ctx context.Context, t *todo, sent []plan.Edge) error {
	var paths []string
	for _, src := range r.sources {
		if !r.store.HasFile(src) {
			paths = append(paths, src.Path)
		}
	}
	after := slices.Clone(sent)
	if len(paths) > 0 {
		t.before.Add(plan.Step{ID: "send files", Cause: "changed", Action: plan.SendFiles{Paths: paths}})
		after = append(after, plan.Needs("send files"))
	}
	if r.app = t.app; t.app || len(t.remake) > 0 {
		t.before.Add(plan.Step{ID: "write release", After: after, Cause: "before anything starts", Action: plan.WriteRelease{Release: r.release.ID}})
	}
	names := deploy.Volumes(r.Project, r.roles, r.on)
	have, err := r.engine.Volumes(ctx, r.settings.Name)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(have, name) })
	if len(names) > 0 {
		t.before.Add(plan.Step{ID: "make volumes", Cause: "of the application", Action: plan.MakeVolumes{Project: r.settings.Name, Names: names}})
	}
	return nil
}
