package deploy

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// images are the local engine's, by their names in the model.
type images map[string]localImage

// localImage is one that is to be sent, or with remote is where it is to be.
type localImage struct {
	content  string // what it is, on whatever engine: see docker.ImageConfig
	platform string
	remote   bool
	ref      string // by which it was found
}

// localImages finds every image that the server is to have: those of all services
// and the gateway's. What is not here is pulled; another machine's are refused. Of
// services that the run is not about, what is here is known and no more.
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
		one, err := r.findImage(ctx, ref, name, dry || !r.scope.Has(r.roles[name], name))
		if err != nil {
			return nil, err
		}
		found[r.imageOf(name)] = one
	}
	gateway, err := r.findImage(ctx, r.Settings.Image, "", dry || !r.scope.Has(deploy.Infra, deploy.GatewayService))
	found[r.Settings.Image] = gateway
	return found, err
}

// imageOf is the name that a service's image has here: as Compose, one that is only
// built is PROJECT-SERVICE.
func (o *operation) imageOf(service string) string {
	return cmp.Or(o.Project.Model.Services[service].Image, o.Project.Name+"-"+service)
}

// pulled reports whether a service's image has yet to be pulled, so that nobody
// knows whether it is another one.
func (r *rollout) pulled(service string) bool {
	v, built := r.builds[service]
	return r.found[r.imageOf(service)].content == "" && (!built || v.ID != "")
}

// findImage is one of them. With dry nothing is pulled, and what is not there is
// one that would be built or pulled: it has no content yet.
func (o *operation) findImage(ctx context.Context, ref, service string, dry bool) (localImage, error) {
	from, remote := o.Client, o.Settings.Build == deploy.BuildRemote && service != "" && o.Project.Model.Services[service].Build != nil
	if remote {
		from = o.Engine
	}
	config, there, err := from.ImageConfig(ctx, ref)
	if err == nil && !there && dry {
		return localImage{}, nil
	}
	if err == nil && !there && !remote && service != "" {
		if err = o.pull(ctx, ref, service); err == nil {
			config, there, err = o.Client.ImageConfig(ctx, ref)
		}
	}
	if err != nil {
		return localImage{}, err
	}
	if !there {
		return localImage{}, failure.New(failure.Preflight, "image %s is not on this machine's engine", ref).WithHint("docker pull %s", ref)
	}
	return localImage{config.Content, config.Platform, remote, ref}, registry.CheckPlatform(ref, config.Platform, o.Seen.Platform)
}

// pull fetches a service's image to the local engine, with the user's credentials.
func (o *operation) pull(ctx context.Context, ref, service string) error {
	p := plan.Plan{Project: o.Project.Name}
	p.Add(plan.Step{ID: plan.ID("pull image " + ref), Service: service, Action: plan.PullImage{Image: ref, Service: service}, Cause: "not present"})
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

// transfer sends images through one registry of this process and one tunnel.
type transfer struct {
	registry *registry.Server
	reached  bool   // the way to the server is open, or known to be closed
	address  string // for the server's engine; "" where there is no tunnel
	saved    bool   // the local engine has a loopback of its own, as in a virtual machine
}

// packing opens the registry of this process, once.
func (o *operation) packing(ctx context.Context) (*transfer, error) {
	if o.transfer != nil {
		return o.transfer, nil
	}
	r, err := registry.Serve(ctx, registry.Options{Dir: o.Layout.Path(o.Layout.StateDir, "registry")})
	if err != nil {
		return nil, err
	}
	o.transfer = &transfer{registry: r, saved: !r.Reached(ctx, o.Client, r.Addr())}
	return o.transfer, nil
}

// reach opens the way from the server to the registry, once. Where no tunnel is to
// be had, images go as archives.
func (t *transfer) reach(ctx context.Context, o *operation) error {
	if t.reached {
		return nil
	}
	remote, _, err := o.Server.Reverse(ctx, t.registry.Addr())
	if err != nil && !errors.Is(err, ssh.ErrForwardingRefused) {
		return err
	}
	t.address, t.reached = remote, true
	return nil
}

// send brings one image to the server under its name there.
func (t *transfer) send(ctx context.Context, o *operation, a plan.SendImage, note func(engine.Note)) error {
	as, err := t.named(o.Settings.Name, a.Ref)
	if err != nil {
		return err
	}
	tell := func(doing string) func(current, total int64) {
		return func(current, total int64) { note(engine.Note{Text: doing, Current: current, Total: total}) }
	}
	if err := t.reach(ctx, o); err != nil {
		return err
	}
	pushed, err := t.pack(ctx, o, a.Source, as, tell("packing"))
	if err != nil {
		return err
	}
	there, err := o.Engine.ImageConfigs(ctx)
	if err != nil {
		return err
	}
	if t.address == "" {
		return t.registry.Load(ctx, o.Engine, pushed, as, there, tell("sending"))
	}
	return t.registry.Pull(ctx, o.Engine, t.address, pushed, as, there, tell("sending"))
}

// pack has the local engine's image in the registry.
func (t *transfer) pack(ctx context.Context, o *operation, source string, as registry.Release, progress func(current, total int64)) (registry.Image, error) {
	if t.saved {
		return t.registry.Save(ctx, o.Client, source, as)
	}
	return t.registry.Push(ctx, o.Client, source, as, o.Seen.Platform, progress)
}

func (t *transfer) named(project, ref string) (registry.Release, error) {
	rest, tag, _ := strings.Cut(strings.TrimPrefix(ref, "spellbook/"+project+"/"), ":")
	as := registry.Release{Project: project, Service: rest, Release: tag}
	if as.Tag() != ref {
		return as, failure.New(failure.Unexpected, "%s is no name of an image on the server", ref)
	}
	return as, nil
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

// absent are those of refs that the server's engine does not have, sorted.
func (o *operation) absent(ctx context.Context, refs []string) ([]string, error) {
	var list []string
	for _, ref := range refs {
		there, err := o.Engine.HasImage(ctx, ref)
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
