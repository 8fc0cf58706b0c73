package deploy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// todo is what differs between the server and what is to be there, and what comes
// before any container is made.
type todo struct {
	deploy.Difference

	before plan.Plan // images, files, the release itself
	lines  []string  // what else there is to say
}

func (t todo) nothing() bool {
	return !t.infra() && !t.Release && !t.Unended && len(t.Left) == 0 && t.before.Empty()
}

// infra reports whether anything of the infrastructure is changed or started.
func (t todo) infra() bool {
	return slices.ContainsFunc(t.Changes, func(c deploy.Change) bool { return c.Role == deploy.Infra && c.Action != deploy.Keep })
}

// remake are the services of the infrastructure that are made, or made anew.
func (t todo) remake() []string {
	return append(t.Of(deploy.Infra, deploy.Create), t.Of(deploy.Infra, deploy.Recreate)...)
}

// withVolumes are those of the infrastructure that are made anew and have data.
func (t todo) withVolumes() []string {
	var list []string
	for _, c := range t.Changes {
		if c.Interrupts() && c.Volume {
			list = append(list, c.Service)
		}
	}
	return list
}

// todo compares, and plans what comes before containers.
func (r *rollout) todo(ctx context.Context) (todo, error) {
	t := todo{before: plan.Plan{Project: r.Settings.Name}}
	t.Difference = deploy.Compare(deploy.Want{Infra: r.infra.Services, Release: r.release, Scope: r.scope}, r.have())
	r.app = t.Release
	if t.Unended && !t.Release {
		t.lines = append(t.lines, "a run that was cut short had release "+r.from.ID+" serve: the gateway and restart policies are set again")
	}
	r.planCertificate(&t)
	if err := r.planImages(ctx, &t); err != nil {
		return t, err
	}
	if err := r.planFiles(&t); err != nil {
		return t, err
	}
	return t, r.planVolumes(ctx, &t)
}

// have is what the server has, as it is compared.
func (o *operation) have() deploy.Have {
	h := deploy.Have{Serves: o.Seen.Current, Unended: o.Seen.Unended}
	for _, r := range o.Seen.Unserved {
		h.Unserved = append(h.Unserved, r.ID)
	}
	for _, release := range slices.Sorted(maps.Keys(o.Seen.Containers)) {
		if len(o.Seen.Containers[release]) == 0 && release != "" && release != h.Serves.ID {
			h.Unserved = append(h.Unserved, release)
		}
		for _, c := range o.Seen.Containers[release] {
			h.Containers = append(h.Containers, containerOf(c))
		}
	}
	return h
}

func containerOf(c observe.Container) deploy.Container {
	return deploy.Container{Service: c.Labels[deploy.LabelService], Release: c.Labels[deploy.LabelRelease], Hash: c.Labels[deploy.LabelHash], State: c.State}
}

// source is the name on this machine of an image of the infrastructure.
func (r *rollout) source(service string) string {
	if service == deploy.GatewayService {
		return r.Settings.Image
	}
	return r.imageOf(service)
}

// planImages sends what the server lacks. One that the release which serves has as
// well gets one more name.
func (r *rollout) planImages(ctx context.Context, t *todo) error {
	var sent []plan.Edge
	send := func(ref, source, service string) {
		id := plan.ID("send " + ref)
		t.before.Add(plan.Step{ID: id, After: sent, Cause: "not on the server", Action: plan.SendImage{Source: source, Ref: ref, Service: service}})
		sent = []plan.Edge{plan.Needs(id)} // one after the other: they share a line
	}
	services := map[string]string{} // the first that has it, by the name on the server
	for _, name := range t.remake() {
		ref := r.infra.Services[name].Image
		services[ref] = cmp.Or(services[ref], name)
	}
	absent, err := r.absent(ctx, slices.Collect(maps.Keys(services)))
	if err != nil {
		return err
	}
	for _, ref := range absent {
		send(ref, r.source(services[ref]), services[ref])
	}
	if !t.Release {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.release.Services)) {
		s, was := r.release.Services[name], r.from.Services[name]
		there, err := r.there(ctx, was)
		if err != nil {
			return err
		}
		if there && s.Digest == was.Digest {
			t.before.Add(plan.Step{ID: plan.ID("tag " + s.Image), Cause: "on the server already", Action: plan.TagImage{Source: was.Image, Tags: []string{s.Image}}})
			continue
		}
		send(s.Image, r.imageOf(name), name)
	}
	return nil
}

// there reports whether the server's engine has the image of a service, and under
// its name no other.
func (o *operation) there(ctx context.Context, s deploy.Service) (bool, error) {
	if s.Image == "" {
		return false, nil
	}
	config, _, err := o.Engine.ImageConfig(ctx, s.Image)
	return config.Content == s.Digest, err
}

// planFiles sends the files that are not there, and then writes down what is to be.
func (r *rollout) planFiles(t *todo) error {
	var paths []string
	for _, src := range r.sources {
		if wanted := src.app && r.scope.App || src.infra && r.scope.Infra; wanted && !r.Store.HasFile(src.Source) {
			paths = append(paths, src.Path)
		}
	}
	var after []plan.Edge
	for _, s := range t.before.Steps {
		after = append(after, plan.Needs(s.ID))
	}
	if len(paths) > 0 {
		t.before.Add(plan.Step{ID: "send files", Cause: "changed", Action: plan.SendFiles{Paths: paths}})
		after = append(after, plan.Needs("send files"))
	}
	after, err := r.planDumps(t, after)
	if err != nil {
		return err
	}
	if t.Release {
		t.before.Add(plan.Step{ID: "write release", After: after, Cause: "before anything starts", Action: plan.WriteRelease{Release: r.release.ID}})
	}
	if len(r.routes) > 0 && (t.Release || len(t.remake()) > 0) {
		t.before.Add(plan.Step{ID: "write gateway configuration", After: after, Cause: "before anything starts", Action: plan.WriteGateway{}})
	}
	return nil
}

// planVolumes makes those that the application's services use.
func (r *rollout) planVolumes(ctx context.Context, t *todo) error {
	names := deploy.Volumes(r.Project, r.roles, r.on)
	have, err := r.Engine.Volumes(ctx, r.Settings.Name)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(have, name) })
	for _, name := range names {
		t.lines = append(t.lines, fmt.Sprintf("volume %s: new", name))
	}
	if len(names) > 0 {
		t.before.Add(plan.Step{ID: "make volumes", Cause: "of the application", Action: plan.MakeVolumes{Project: r.Settings.Name, Names: names}})
	}
	return nil
}
