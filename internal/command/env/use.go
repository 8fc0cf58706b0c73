// Package env holds the env:* commands: the options of each, its run, and what
// it shows. What is true of environments is in internal/environ.
package env

import (
	"cmp"
	"context"
	"errors"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// Use switches to an environment: created from the template if need be,
// checked, and refused where the check finds an error. target is what the user
// called.
func Use(ctx context.Context, w *app.Run, name, target string) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		l := w.ProjectLayout()
		d := &load.EnvContext{Run: w, Layout: l, Dirs: app.EnvDirs(l)}
		unlock, err := lockSwitch(d, target)
		if err != nil {
			return err
		}
		defer unlock()
		return switchTo(ctx, d, name)
	})
}

func switchTo(ctx context.Context, d *load.EnvContext, name string) error {
	carried, ok, err := environ.Carried(d.Dirs, name)
	if err != nil {
		return err
	}
	if ok { // nothing is made of what is not in order
		return checkAndUse(ctx, d, carried, name)
	}
	if err := d.Ensure(ctx, name); err != nil {
		return err
	}
	e, err := environ.ReadEnvironment(d.Dirs, name) // which a copy becomes
	if err != nil {
		return err
	}
	return checkAndUse(ctx, d, e, name)
}

// checkAndUse switches unless the check finds an error.
func checkAndUse(ctx context.Context, d *load.EnvContext, e environ.Environment, name string) error {
	c, err := checkEnvironment(ctx, d, e, environ.Faithful)
	if err != nil {
		return err
	}
	c.annotate(d.Run)
	o := d.Run.Format(false).Options
	if err := findingTable(load.ResultsToErr(d.Run), o, c.findings); err != nil {
		return err
	}
	if err := c.err(); err != nil {
		return notSwitched(d, name, err)
	}
	before, _ := d.Current() // what is wrong with it is no longer of interest
	if err := load.UseEnvironment(d.Run, d.Layout, name); err != nil {
		return err
	}
	tellRunning(ctx, d, before, e)
	return nil
}

// notSwitched says what is active still.
func notSwitched(d *load.EnvContext, name string, err error) error {
	active, _, activeErr := environ.Active(d.Dirs)
	if f := (*failure.Error)(nil); errors.As(err, &f) && activeErr == nil && active != name {
		return f.WithDetails("not switched: " + cmp.Or(active, "no environment") + " is active, as before")
	}
	return err
}
