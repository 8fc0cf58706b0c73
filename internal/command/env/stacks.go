package env

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// stacks adds what is to be known of the stacks of all environments; p is that
// of the one to be checked.
func stacks(ctx context.Context, d *load.EnvContext, in *envcheck.Input, p *project.Project) {
	in.Ports = load.PortVariables(in.Template, p)
	sharing := in.Environment.Sharing(in.Others)
	if len(sharing) == 0 {
		return
	}
	in.Projects = map[string]string{}
	for _, e := range append(sharing, in.Environment) {
		in.Projects[e.Name] = d.ProjectOf(ctx, e)
	}
	in.Fixed = fixed(ctx, d, in.Environment, p)
}

// fixed is what stays the same whatever the project is called.
func fixed(ctx context.Context, d *load.EnvContext, e environ.Environment, p *project.Project) []envcheck.Fixed {
	w := *d.Run
	w.Environ = append(slices.Clone(w.Environ), environ.ProjectVariable+"="+p.Name+"-other")
	other, err := (&load.EnvContext{Run: &w, Layout: d.Layout, Dirs: d.Dirs}).Model(ctx, e)
	if err != nil {
		return nil
	}
	return p.Fixed(other)
}

// tellSharing says who else has the project of an environment.
func tellSharing(ctx context.Context, d *load.EnvContext, e environ.Environment) error {
	all, err := d.All()
	if err != nil {
		return err
	}
	name := d.ProjectOf(ctx, e)
	for _, o := range all {
		if e.SameEngine(o) && d.ProjectOf(ctx, o) == name {
			d.Run.Tell("note: %s and %s share the project %s and its volumes → mage env:use %s, then mage env:isolate",
				e.Name, o.Name, name, e.Name)
		}
	}
	return nil
}

// tellRunning says what still runs of the environment before; nobody is kept
// waiting for it.
func tellRunning(ctx context.Context, d *load.EnvContext, before, now environ.Environment) {
	if _, inShell := d.Shell(environ.ProjectVariable); inShell || before.Name == "" || before.Name == now.Name {
		return
	}
	name := d.ProjectOf(ctx, before)
	if name == "" || before.SameEngine(now) && name == d.ProjectOf(ctx, now) {
		return
	}
	if n := d.EngineState(ctx, before, name).Running(); n > 0 {
		d.Run.Tell("%s of %s still running → mage env:use %s, then mage infra:down", units.Plural(n, "service"), name, before.Name)
	}
}
