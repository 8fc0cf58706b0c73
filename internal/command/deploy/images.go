package deploy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/platform"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// images are the local engine's, by their names in the model.
type images map[string]localImage

// localImage is one that is to be sent, or with remote is where it is to be.
type localImage struct {
	content string // what it is, on whatever engine: see docker.ImageConfig
	remote  bool
	ref     string // by which it was found
}

// compareEngines finds out whether the server is of another platform than this
// machine, and refuses services that are for none of the server's.
func (r *rollout) compareEngines(ctx context.Context) error {
	here, err := r.Client.Platform(ctx)
	if err != nil {
		return err
	}
	if !platform.Same(here, r.Seen.Platform) {
		r.foreign = r.Seen.Platform
	}
	services := slices.DeleteFunc(r.Project.Services(), func(name string) bool { return !r.scope.Has(r.roles[name], name) })
	return deploy.CheckPlatforms(r.Project, services, r.Seen.Platform)
}

// localImages finds every image that the server is to have: those of all services
// and the gateway's. What is not here is pulled; what is another machine's is
// looked for in its registry. Of services that the run is not about, what is here
// is known and no more.
func (r *rollout) localImages(ctx context.Context, dry bool) (images, error) {
	found := images{}
	for _, name := range r.Project.Services() {
		ref := r.imageOf(name)
		if one, known := found[ref]; known && one.content != "" {
			continue
		}
		v, judged := r.builds[name]
		switch {
		case judged && v.ID == "": // it is to be built
			found[ref] = localImage{}
			continue
		case judged:
			ref = v.ID
		}
		one, err := r.findImage(ctx, cmp.Or(r.keys[name], ref), name, r.scope.Has(r.roles[name], name), dry)
		if err != nil {
			return nil, err
		}
		found[r.imageOf(name)] = one
	}
	gateway, err := r.findImage(ctx, r.Settings.Image, "", r.scope.Has(deploy.Infra, deploy.GatewayService), dry)
	found[r.Settings.Image] = gateway
	return found, err
}

// imageOf is the name that a service's image has here: as Compose, one that is only
// built is PROJECT-SERVICE.
func (o *operation) imageOf(service string) string {
	return o.Project.ImageName(service)
}

// pulled reports whether a service's image has yet to be pulled, so that nobody
// knows whether it is another one.
func (r *rollout) pulled(service string) bool {
	v, built := r.builds[service]
	return r.found[r.imageOf(service)].content == "" && (!built || v.ID != "")
}

// findImage is one of them. With dry nothing is pulled, and what is not there is
// one that would be built or pulled: it has no content yet. So it is with one that
// the run is not about.
func (r *rollout) findImage(ctx context.Context, ref, service string, wanted, dry bool) (localImage, error) {
	built := service != "" && r.Project.Model.Services[service].Build != nil
	from, remote := r.Client, built && r.Settings.Build == deploy.BuildRemote
	if remote {
		from = r.Engine
	}
	config, there, err := from.ImageConfig(ctx, ref)
	switch {
	case err != nil:
		return localImage{}, err
	case there && platform.Runs(r.Seen.Platform, config.Platform):
		return localImage{config.Content, remote, ref}, nil
	case !wanted, !there && dry && (built || r.foreign == ""):
		return localImage{}, nil
	case !there && !built && service != "" && r.foreign == "":
		if err := r.pull(ctx, plan.PullImage{Image: ref, Service: service}); err != nil {
			return localImage{}, err
		}
		if config, there, err = from.ImageConfig(ctx, ref); there && platform.Runs(r.Seen.Platform, config.Platform) {
			return localImage{config.Content, false, ref}, nil
		}
	}
	if err == nil && (built || !there && r.foreign == "") {
		err = failure.New(failure.Preflight, "image %s is not on this machine's engine", ref).WithHint("docker pull %s", ref)
	}
	if err != nil {
		return localImage{}, err
	}
	return r.elsewhere(ctx, ref, service, dry)
}

// elsewhere finds the image for the server's platform of what this machine has for
// its own, or not at all. The name that it has here stays what it was.
func (r *rollout) elsewhere(ctx context.Context, ref, service string, dry bool) (localImage, error) {
	e := registry.Elsewhere{Digests: r.Client.RepoDigests, Manifest: r.Manifest, Note: r.Run.NoteUnsaved, Look: dry,
		File: r.Layout.Path(r.Layout.StateDir, r.Project.Name, "platforms.json")}
	name, err := e.Name(ctx, ref, r.Seen.Platform)
	if ctx.Err() != nil {
		return localImage{}, context.Cause(ctx)
	}
	if err != nil {
		return localImage{}, deploy.NoImage(ref, service, r.Seen.Platform, err)
	}
	config, there, err := r.Client.ImageConfig(ctx, name)
	if err == nil && !there && dry {
		return localImage{}, nil
	}
	if err == nil && !there {
		if err := r.pull(ctx, plan.PullImage{Image: ref, Service: service, Platform: r.Seen.Platform, Manifest: name}); err != nil {
			return localImage{}, err
		}
		config, _, err = r.Client.ImageConfig(ctx, name)
	}
	if err == nil && !platform.Runs(r.Seen.Platform, config.Platform) {
		err = deploy.NoImage(ref, service, r.Seen.Platform, fmt.Errorf("its registry has it for %s", config.Platform))
	}
	return localImage{config.Content, false, name}, err
}

// pull fetches an image to the local engine, with the user's credentials.
func (o *operation) pull(ctx context.Context, a plan.PullImage) error {
	p, cause := plan.Plan{Project: o.Project.Name}, "not present"
	if a.Platform != "" {
		cause += " for " + a.Platform
	}
	p.Add(plan.Step{ID: plan.ID("pull image " + a.Image), Service: a.Service, Action: a, Cause: cause})
	return execute.Execute(ctx, o.Session, p, "pull for "+o.Target)
}

// digests are the contents of the images of a role's services, by service.
func (o *operation) digests(found images, services []string) map[string]string {
	list := map[string]string{}
	for _, name := range services {
		list[name] = found[o.imageOf(name)].content
	}
	return list
}

// infraTag is the name of an image of the infrastructure on the server: another
// image has another, so that none is replaced under a running service.
func infraTag(digest string) string {
	_, sum, _ := strings.Cut(digest, ":")
	return sum[:min(12, len(sum))]
}

// sender sends images from this machine to the server.
func (o *operation) sender() *registry.Sender {
	if o.sends == nil {
		o.sends = &registry.Sender{Local: o.Client, Remote: o.Engine, Platform: o.Seen.Platform, Dir: o.Layout.Path(o.Layout.StateDir, "registry"), Tunnel: o.Tunnel}
	}
	return o.sends
}

// refs are the names on the server that the images of the infrastructure have.
func (o *operation) refs(found images, services []string) map[string]string {
	list := map[string]string{}
	for _, name := range services {
		digest := found[o.imageOf(name)].content
		list[name] = deploy.ImageName(o.Settings.Name, name, infraTag(digest))
	}
	return list
}

// absent are those of refs that the server's engine does not have, sorted. One
// without a tag is of an image that nobody knows yet.
func (o *operation) absent(ctx context.Context, refs []string) ([]string, error) {
	var list []string
	for _, ref := range refs {
		there, err := false, error(nil)
		if !strings.HasSuffix(ref, ":") {
			there, err = o.Engine.HasImage(ctx, ref)
		}
		if err != nil {
			return nil, err
		}
		if !there {
			list = append(list, ref)
		}
	}
	slices.Sort(list)
	return list, nil
}
