package deploy

import (
	"context"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/server"
)

// prepare finds out what is to be on the server. Images are built, each once.
func (r *rollout) prepare(ctx context.Context, dry bool) (err error) {
	r.from = r.seen.current
	if r.roles, err = deploy.Roles(r.Project); err != nil {
		return err
	}
	if err := r.readHooks(ctx); err != nil {
		return err
	}
	if r.routes, err = deploy.Routes(r.Project, r.roles, r.settings); err != nil {
		return err
	}
	if err := deploy.Rollouts(r.Project, r.roles, r.routes); err != nil {
		return err
	}
	if err := r.readTLS(); err != nil {
		return err
	}
	if err := r.readSources(); err != nil {
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
	return r.models(ctx)
}

// source is a file or directory of the repository, and whose containers get it.
type source struct {
	server.Source

	app, infra bool
}

// readSources sums what containers are given of the repository's files.
func (r *rollout) readSources() error {
	app, err := deploy.Sources(r.Project, deploy.Of(r.roles, deploy.App))
	if err != nil {
		return err
	}
	infra, err := deploy.Sources(r.Project, deploy.Of(r.roles, deploy.Infra))
	if err != nil {
		return err
	}
	r.on = deploy.Server{Name: r.settings.Name, Files: map[string]string{}}
	paths := slices.Concat(app, infra)
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		src, err := server.ReadSource(path)
		if err != nil {
			return err
		}
		r.sources = append(r.sources, source{src, slices.Contains(app, path), slices.Contains(infra, path)})
		r.on.Files[path] = r.store.FilePath(src)
	}
	return nil
}

// build makes the images of the application whose inputs have changed.
func (r *rollout) build(ctx context.Context, dry bool) error {
	if dry || len(image.Buildable(r.Project)) == 0 {
		return nil
	}
	b := &build.Operation{Session: r.Session, Options: build.Options{Services: image.Buildable(r.Project)}, Began: r.run.Now(), Format: r.run.Format(false)}
	if r.settings.Build == deploy.BuildRemote {
		socket, err := r.engineSocket(ctx)
		if err != nil {
			return err
		}
		b.Session, b.Remote = r.OnEngine(r.engine, socket), r.settings.Host
	}
	return b.Do(ctx)
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
	commit, dirty := r.commit(ctx)
	now := r.run.Now()
	id, err := deploy.NewID(now, commit, services, files)
	if err != nil {
		return deploy.Release{}, err
	}
	services, err = deploy.Services(r.Project, r.roles, r.on, digests, id)
	return deploy.Release{Version: 1, ID: id, Project: r.settings.Name, Environment: r.Project.Env, Created: now.UTC(),
		Commit: commit, Dirty: dirty, Author: author(), Services: services, Routes: r.routes, Files: files}, err
}

// commit is the repository's, and whether there are changes that it has not.
func (r *rollout) commit(ctx context.Context) (commit string, dirty bool) {
	head, code := git.Ask(ctx, r.run.Environ, r.Layout.Root, "rev-parse", "HEAD")
	if code != 0 {
		return "", false
	}
	status, _ := git.Ask(ctx, r.run.Environ, r.Layout.Root, "status", "--porcelain")
	return strings.TrimSpace(head), strings.TrimSpace(status) != ""
}

// models are what Compose is given for the infrastructure and for the release.
func (r *rollout) models(ctx context.Context) error {
	refs := r.refs(r.found, deploy.Of(r.roles, deploy.Infra))
	stack, err := deploy.InfraModel(r.Project, r.roles, r.on, refs)
	if err != nil {
		return err
	}
	r.seen.adopted.Keep(stack)
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
	if r.infra, err = deploy.ParseModel(r.stack); err != nil {
		return err
	}
	r.model, err = deploy.YAML(deploy.AppModel(r.Project, r.roles, r.release, r.on))
	return err
}
