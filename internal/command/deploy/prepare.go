package deploy

import (
	"context"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/server"
)

// prepare finds out what is to be on the server. Images are built, each once; with
// dry nothing is.
func (r *rollout) prepare(ctx context.Context, dry bool) (err error) {
	r.from = r.Seen.Current
	if r.roles, err = deploy.Roles(r.Project); err != nil {
		return err
	}
	if err := r.readHooks(ctx); err != nil {
		return err
	}
	if err := r.narrow(); err != nil {
		return err
	}
	if r.routes, err = deploy.Routes(r.Project, r.roles, r.Settings); err != nil {
		return err
	}
	if err := deploy.Rollouts(r.Project, r.roles, r.routes); err != nil {
		return err
	}
	if err := r.readTLS(); err != nil {
		return err
	}
	r.keepRoutes()
	if err := r.readSources(); err != nil {
		return err
	}
	if err := r.compareEngines(ctx); err != nil {
		return err
	}
	if err := r.build(ctx, dry); err != nil {
		return err
	}
	if r.found, err = r.localImages(ctx, dry); err != nil {
		return err
	}
	if r.release, err = r.newRelease(ctx); err != nil {
		return err
	}
	if err := r.models(ctx); err != nil {
		return err
	}
	if err := r.keep(ctx); err != nil {
		return err
	}
	return r.needs()
}

// source is a file or directory of the repository, and whose containers get it.
type source struct {
	server.Source

	app, infra bool
}

// readSources sums what containers are given of the repository's files.
func (r *rollout) readSources() error {
	all, err := deploy.Sources(r.Project, r.Project.Services())
	if err != nil {
		return err
	}
	app, err := deploy.Sources(r.Project, slices.DeleteFunc(deploy.Of(r.roles, deploy.App), r.kept))
	if err != nil {
		return err
	}
	infra, err := deploy.Sources(r.Project, deploy.Of(r.roles, deploy.Infra))
	if err != nil {
		return err
	}
	r.on = deploy.Server{Name: r.Settings.Name, Files: map[string]string{}}
	for _, path := range all {
		src, err := server.ReadSource(path)
		if err != nil {
			return err
		}
		r.sources = append(r.sources, source{src, slices.Contains(app, path), slices.Contains(infra, path)})
		r.on.Files[path] = r.Store.FilePath(src)
	}
	return nil
}

// build makes the images whose inputs have changed, of the services that the run is
// about. With dry it finds out which these are.
func (r *rollout) build(ctx context.Context, dry bool) error {
	services := slices.DeleteFunc(image.Buildable(r.Project), func(name string) bool { return !r.scope.Has(r.roles[name], name) })
	if len(services) == 0 {
		return nil
	}
	b := &build.Operation{Session: r.Session, Options: build.Options{Services: services}, Began: r.Run.Now(), Format: r.Run.Format(false)}
	if r.Settings.Build == deploy.BuildRemote {
		socket, err := r.EngineSocket(ctx)
		if err != nil {
			return err
		}
		b.Session, b.Remote = r.OnEngine(r.Engine, socket), r.Settings.Host
	} else if r.foreign != "" {
		b.For = func(service string) string { return deploy.Platform(r.Project, service, r.foreign) }
	}
	if !dry {
		err := b.Do(ctx)
		r.keys = b.Keys()
		return err
	}
	verdicts, err := b.Judge(ctx)
	r.builds = map[string]image.Verdict{}
	for _, v := range verdicts {
		for _, name := range v.Build.Services {
			r.builds[name] = v
		}
	}
	return err
}

func (r *rollout) newRelease(ctx context.Context) (deploy.Release, error) {
	digests := r.digests(r.found, deploy.Of(r.roles, deploy.App))
	files := map[string]string{}
	for _, src := range r.sources {
		if src.app {
			files[r.Project.Short(src.Path)] = src.Sum
		}
	}
	services, err := deploy.Services(r.Project, r.roles, r.on, digests, "")
	if err != nil {
		return deploy.Release{}, err
	}
	commit, dirty := git.Commit(ctx, r.Run.Environ, r.Layout.Root)
	now := r.Run.Now()
	id, err := deploy.NewID(now, commit, services, files)
	for err == nil && r.Store.Has(id) { // of the same in the same second, by a run that was cut short
		now = now.Add(time.Second)
		id, err = deploy.NewID(now, commit, services, files)
	}
	if err != nil {
		return deploy.Release{}, err
	}
	if services, err = deploy.Services(r.Project, r.roles, r.on, digests, id); err != nil {
		return deploy.Release{}, err
	}
	for name, s := range services {
		if was, served := r.from.Services[name]; served && r.pulled(name) {
			s.Digest = was.Digest // it may well be the same
			services[name] = s
		}
	}
	return deploy.Release{Version: 1, ID: id, Project: r.Settings.Name, Environment: r.Project.Env, Created: now.UTC(),
		Commit: commit, Dirty: dirty, Author: remote.Author(), Services: services, Routes: r.routes, Files: files}, nil
}

// models are what Compose is given for the infrastructure and for the release.
func (r *rollout) models(ctx context.Context) error {
	refs := r.refs(r.found, deploy.Of(r.roles, deploy.Infra))
	stack, err := deploy.InfraModel(r.Project, r.roles, r.on, refs)
	if err != nil {
		return err
	}
	r.Seen.Adopted.Keep(stack)
	if r.proxy, err = r.readProxy(ctx); err != nil {
		return err
	}
	r.proxy = r.secured(r.proxy.with(deploy.Plain(r.routes)))
	if len(r.routes) > 0 {
		if err := r.addGateway(ctx, stack); err != nil {
			return err
		}
	}
	if r.stack, err = deploy.YAML(stack); err != nil {
		return err
	}
	if r.wanted, err = deploy.ParseModel(r.stack); err != nil {
		return err
	}
	r.infra = r.wanted
	r.model, err = deploy.YAML(deploy.AppModel(r.Project, r.roles, r.release, r.on))
	return err
}
