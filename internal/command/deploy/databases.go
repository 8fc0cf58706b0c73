package deploy

import (
	"context"
	"slices"
	"strings"

	infracommand "github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// fits refuses what a database would not start on, or would not know, before
// anything is changed: it keeps its files, and what it took over into them when they
// were made.
func (r *rollout) fits(ctx context.Context, t todo) error {
	r.passwords = map[string]secret.String{}
	for _, name := range t.withVolumes() {
		c, there := r.infraContainer(name)
		if !there {
			continue
		}
		volumes := infra.VolumesOf(r.Project, name, r.Settings.Name)
		if kind, known := infra.DatabaseOf(r.Project, name); known {
			ref := r.source(name)
			image, _, err := r.Client.ImageConfig(ctx, ref)
			if err != nil {
				return err
			}
			if err := infracommand.CheckMajor(ctx, r.Engine, kind, name, c.ID, ref, image, volumes); err != nil {
				return err
			}
		}
		if err := r.remembers(ctx, name, c, volumes); err != nil {
			return err
		}
	}
	return nil
}

// remembers refuses a user, a password or a database that is another than the volume
// was made with, unless the database knows it by now.
func (r *rollout) remembers(ctx context.Context, service string, c observe.Container, volumes []string) error {
	in, err := r.Engine.Inside(ctx, c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(in.Volumes, func(name string) bool { return slices.Contains(volumes, name) }) {
		return nil
	}
	m := infra.Remembered(r.Project, service, in.Environ)
	if len(m.Variables) == 0 {
		return nil
	}
	kind, _ := infra.DatabaseOf(r.Project, service)
	if c.State == "running" && r.signsIn(ctx, m, c) {
		if kind.Name == infra.Psql.Name && !slices.Contains(m.Variables, "POSTGRES_USER") {
			r.passwords[service] = m.Env["PGPASSWORD"]
		}
		return nil
	}
	f := failure.New(failure.Preflight, "%s differs from what the volume of %s was made with, and the database does not know it", strings.Join(m.Variables, ", "), service)
	switch {
	case kind.Name == infra.Psql.Name:
		return f.WithHint(`put the old value back, or change it there and deploy again: mage deploy:exec %s %s 'PGPASSWORD=$POSTGRES_PASSWORD psql -U %s -d %s -c "\password"'`,
			r.Project.Env, service, m.Env["PGUSER"].Reveal(), m.Env["PGDATABASE"].Reveal())
	case m.Tries == nil:
		return f.WithHint("put the old value back: the database read it once, and cannot be asked whether it knows another")
	}
	return f.WithHint("put the old value back, or change it there by its own client and deploy again: mage deploy:shell %s %s", r.Project.Env, service)
}

// signsIn tries the new values. They are in the environment of these processes alone.
func (r *rollout) signsIn(ctx context.Context, m infra.Memory, c observe.Container) bool {
	for _, argv := range m.Tries {
		if code, _, err := r.Engine.Exec(ctx, c.ID, argv, m.Env.List()); err != nil || code != 0 {
			return false
		}
	}
	return len(m.Tries) > 0
}
