package deploy

import (
	"context"
	"slices"
	"strings"

	infracommand "github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/postgres"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// fits refuses what a database would not start on, or would not know, before
// anything is changed: it keeps its files, and what it took over into them when they
// were made.
func (r *rollout) fits(ctx context.Context, t todo) error {
	r.passwords = map[string]secret.String{}
	for _, name := range t.withVolumes() {
		kind, known := infra.DatabaseOf(r.Project, name)
		c, there := r.infraContainer(name)
		if !known || !there {
			continue
		}
		volumes := infra.VolumesOf(r.Project, name, r.Settings.Name)
		ref := r.source(name)
		image, _, err := r.Client.ImageConfig(ctx, ref)
		if err != nil {
			return err
		}
		if err := infracommand.CheckMajor(ctx, r.Engine, kind, name, c.ID, ref, image, volumes); err != nil {
			return err
		}
		if err := r.remembers(ctx, kind, name, c, volumes); err != nil {
			return err
		}
	}
	return nil
}

// remembers refuses a user, a password or a database that is another than the volume
// was made with, unless the database knows it by now.
func (r *rollout) remembers(ctx context.Context, kind infra.Client, service string, c observe.Container, volumes []string) error {
	in, err := r.Engine.Inside(ctx, c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(in.Volumes, func(name string) bool { return slices.Contains(volumes, name) }) {
		return nil
	}
	changed := kind.Remembered(r.Project, service, in.Environ)
	if len(changed) == 0 {
		return nil
	}
	if c.State == "running" && r.signsIn(ctx, kind, service, c) {
		if kind.Name == infra.Psql.Name && !slices.Contains(changed, "POSTGRES_USER") {
			r.passwords[service] = infra.Psql.Access(r.Project, service)["PGPASSWORD"]
		}
		return nil
	}
	f := failure.New(failure.Preflight, "%s differs from what the volume of %s was made with, and the database does not know it", strings.Join(changed, ", "), service)
	if kind.Name == infra.Psql.Name {
		access := infra.Psql.Access(r.Project, service)
		return f.WithHint(`put the old value back, or change it there and deploy again: mage deploy:exec %s %s 'PGPASSWORD=$POSTGRES_PASSWORD psql -U %s -d %s -c "\password"'`,
			r.Project.Env, service, access["PGUSER"].Reveal(), access["PGDATABASE"].Reveal())
	}
	return f.WithHint("put the old value back, or change it in the database first, and deploy again")
}

// signsIn tries the new values. They are in the environment of that one process.
func (r *rollout) signsIn(ctx context.Context, kind infra.Client, service string, c observe.Container) bool {
	argv := postgres.SignIn()
	if kind.Name != infra.Psql.Name {
		var err error
		if argv, err = kind.Argv("RETURN 1"); err != nil {
			return false
		}
	}
	code, _, err := r.Engine.Exec(ctx, c.ID, argv, kind.Access(r.Project, service).List())
	return err == nil && code == 0
}
