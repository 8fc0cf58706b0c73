package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// narrow has the run be about the services that are named, and the parts that they
// are of.
func (r *rollout) narrow() error {
	if r.scope.Services == nil {
		return nil
	}
	all := append(r.Project.Services(), deploy.GatewayService)
	if err := load.Among(r.scope.Services, all); err != nil {
		return err
	}
	r.roles[deploy.GatewayService] = deploy.Infra
	named := func(role deploy.Role) bool {
		return slices.ContainsFunc(r.scope.Services, func(name string) bool { return r.roles[name] == role })
	}
	r.scope.Infra, r.scope.App = named(deploy.Infra), named(deploy.App)
	delete(r.roles, deploy.GatewayService)
	return nil
}

// takes reports whether a service of the application is the files' in the new
// release, and not that of the release which serves.
func (r *rollout) takes(service string) bool { return r.scope.Has(deploy.App, service) }

// kept reports whether a service of the application is as it was.
func (r *rollout) kept(service string) bool { return !r.takes(service) }

// keepRoutes leaves the published ports alone of services that stay as they are.
func (r *rollout) keepRoutes() {
	if r.scope.Services != nil {
		r.routes = deploy.Release{Routes: r.routes}.Keeping(r.from, r.takes).Routes
	}
}

// keep makes of the models those in which what the run is not about is as the
// server has it.
func (r *rollout) keep(ctx context.Context) error {
	if r.scope.Services != nil {
		if err := r.keepServices(ctx); err != nil {
			return err
		}
	}
	if r.scope.Infra && r.scope.Services == nil {
		return nil
	}
	was, err := remote.Missing(r.Store.Read(ctx, stackFile))
	if err != nil {
		return err
	}
	if r.scope.Infra {
		if r.stack, err = deploy.Mix(r.stack, was, func(name string) bool { return r.scope.Has(deploy.Infra, name) }); err != nil {
			return err
		}
	} else if was != nil {
		r.stack = was
	}
	r.infra, err = deploy.ParseModel(r.stack)
	return err
}

// keepServices has the services of the application that are not named be those of
// the release that serves.
func (r *rollout) keepServices(ctx context.Context) error {
	var was []byte
	if r.from.ID != "" {
		var err error
		if was, err = r.Store.Model(ctx, r.from.ID, "app.yml"); err != nil {
			return err
		}
	}
	r.release = r.release.Keeping(r.from, r.takes)
	mixed, err := deploy.Mix(r.model, was, r.takes)
	if err != nil {
		return err
	}
	if r.model, err = r.release.Rename(mixed, r.kept); err != nil {
		return err
	}
	r.starts, err = deploy.WithoutThose(r.model, r.release, r.kept)
	return err
}

// needs refuses a release where infrastructure that it needs is not as it is to be,
// and the run is not about that.
func (r *rollout) needs() error {
	if !r.scope.App || r.scope.Infra && r.scope.Services == nil {
		return nil
	}
	needed := deploy.Needed(r.Project, r.roles, deploy.Of(r.roles, deploy.App), r.takes)
	if len(r.routes) > 0 {
		needed[deploy.GatewayService] = true
	}
	full := deploy.Compare(deploy.Want{Infra: r.wanted.Services, Scope: deploy.Scope{Infra: true}}, r.have())
	var wrong []string
	for _, c := range full.Changes {
		if c.Role != deploy.Infra || c.Action == deploy.Keep || !needed[c.Service] || r.scope.Has(deploy.Infra, c.Service) {
			continue
		}
		text := fmt.Sprintf("%s: %s", c.Service, c.Cause)
		if c.Action == deploy.Recreate && r.scope.Services != nil && c.Service != deploy.GatewayService {
			r.notes = append(r.notes, text+" changed, and stays as it is")
			continue
		}
		wrong = append(wrong, text)
	}
	if len(wrong) == 0 {
		return nil
	}
	return failure.New(failure.Preflight, "the application needs infrastructure that is not on %s as it is to be", r.Settings.Host).
		WithDetails(wrong...).WithHint("mage deploy:to %s", r.Project.Env)
}

// hides tells what must not be shown of a variable, by all that is known of the
// environments.
func (r *rollout) hides(ctx context.Context) (func(name, value string) bool, error) {
	d := &load.EnvContext{Run: r.Run, Layout: r.Layout, Dirs: app.EnvDirs(r.Layout)}
	secrets, err := d.Secrets(ctx)
	made := r.Project.MadeOfSecrets()
	return func(name, value string) bool {
		return made[name] || secrets.Hides(name, value) || r.Project.Hides(value) || strings.Contains(value, "-----BEGIN")
	}, err
}
