package workflow

import (
	"context"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

// stacks adds what is to be known of the stacks of all environments; p is that
// of the one to be checked.
func (d *desk) stacks(ctx context.Context, in *envcheck.Input, p *project.Project) {
	in.Ports = portVariables(in.Template, p)
	sharing := in.Environment.Sharing(in.Others)
	if len(sharing) == 0 {
		return
	}
	in.Projects = map[string]string{}
	for _, e := range append(sharing, in.Environment) {
		in.Projects[e.Name] = d.projectOf(ctx, e)
	}
	in.Fixed = d.fixed(ctx, in.Environment, p)
}

// fixed is what stays the same whatever the project is called.
func (d *desk) fixed(ctx context.Context, e environ.Environment, p *project.Project) []envcheck.Fixed {
	w := *d.w
	w.Environ = append(slices.Clone(w.Environ), environ.ProjectVariable+"="+p.Name+"-other")
	other, err := (&desk{w: &w, layout: d.layout, dirs: d.dirs}).model(ctx, e)
	if err != nil {
		return nil
	}
	return p.Fixed(other)
}

// tellSharing says who else has the project of an environment.
func (d *desk) tellSharing(ctx context.Context, e environ.Environment) error {
	all, err := d.all()
	if err != nil {
		return err
	}
	name := d.projectOf(ctx, e)
	for _, o := range all {
		if e.SameEngine(o) && d.projectOf(ctx, o) == name {
			_, _ = fmt.Fprintf(d.w.Err, "note: %s and %s share the project %s and its volumes → mage env:use %s, then mage env:isolate\n",
				e.Name, o.Name, name, e.Name)
		}
	}
	return nil
}

// tellRunning says what still runs of the environment before; nobody is kept
// waiting for it.
func (d *desk) tellRunning(ctx context.Context, before, now environ.Environment) {
	if _, inShell := d.shell(environ.ProjectVariable); inShell || before.Name == "" || before.Name == now.Name {
		return
	}
	name := d.projectOf(ctx, before)
	if name == "" || before.SameEngine(now) && name == d.projectOf(ctx, now) {
		return
	}
	if n := d.standing(ctx, before, name).running(); n > 0 {
		_, _ = fmt.Fprintf(d.w.Err, "%s of %s still running → mage env:use %s, then mage infra:down\n", plural(n, "service"), name, before.Name)
	}
}
