package workflow

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

func dirs(l project.Layout) environ.Dirs {
	return environ.Dirs{Root: l.Root, EnvDir: l.Path(l.EnvDir), Link: l.Path(l.EnvLink)}
}

// environment is the name of the active environment. With create, a
// repository that has a template and no .env gets env:local first, and is told.
func (w *Workflow) environment(ctx context.Context, l project.Layout, create bool) (string, error) {
	d := dirs(l)
	name, ok, err := environ.Active(d)
	if err != nil || ok || !create {
		return name, err
	}
	if _, err := os.Stat(d.Template()); err != nil {
		return "", nil
	}
	_, _ = fmt.Fprintln(w.Err, "no .env yet: choosing the local environment (mage env:local)")
	if err := (&desk{w: w, layout: l, dirs: d}).ensure(ctx, "local"); err != nil {
		return "", err
	}
	return "local", w.use(l, "local")
}

// EnvUse switches to an environment: created from the template if need be,
// checked, and refused where the check finds an error. target is what the user
// called.
func (w *Workflow) EnvUse(ctx context.Context, name, target string) error {
	return w.guarded(ctx, func(ctx context.Context) error {
		l := w.layout()
		d := &desk{w: w, layout: l, dirs: dirs(l)}
		unlock, err := d.lockSwitch(target)
		if err != nil {
			return err
		}
		defer unlock()
		return d.switchTo(ctx, name)
	})
}

func (d *desk) switchTo(ctx context.Context, name string) error {
	carried, ok, err := environ.Carried(d.dirs, name)
	if err != nil {
		return err
	}
	if ok { // nothing is made of what is not in order
		return d.checkAndUse(ctx, carried, name)
	}
	if err := d.ensure(ctx, name); err != nil {
		return err
	}
	e, err := environ.ReadEnvironment(d.dirs, name) // which a copy becomes
	if err != nil {
		return err
	}
	return d.checkAndUse(ctx, e, name)
}

// checkAndUse switches unless the check finds an error.
func (d *desk) checkAndUse(ctx context.Context, e environ.Environment, name string) error {
	c, err := d.check(ctx, e, environ.Faithful)
	if err != nil {
		return err
	}
	c.annotate(d.w)
	o := d.w.format(false).options
	if err := findingTable(d.w.onErr(), o, c.findings); err != nil {
		return err
	}
	if err := c.err(); err != nil {
		return d.notSwitched(name, err)
	}
	before, _ := d.current() // what is wrong with it is no longer of interest
	if err := d.w.use(d.layout, name); err != nil {
		return err
	}
	d.tellRunning(ctx, before, e)
	return nil
}

// notSwitched says what is active still.
func (d *desk) notSwitched(name string, err error) error {
	active, _, activeErr := environ.Active(d.dirs)
	if f := (*failure.Error)(nil); errors.As(err, &f) && activeErr == nil && active != name {
		return f.WithDetails("not switched: " + cmp.Or(active, "no environment") + " is active, as before")
	}
	return err
}

// onErr is w with what is a result elsewhere among the progress.
func (w *Workflow) onErr() *Workflow {
	other := *w
	other.Out, other.OutTerminal = w.Err, w.ErrTerminal
	return &other
}

func (w *Workflow) sayCreated(l project.Layout, name string) {
	_, _ = fmt.Fprintf(w.Err, "created %s from the template, with generated secrets\n", l.EnvDir+"/.env."+name)
}

// made are the files with secrets that a switch has left, the link included.
func made(d environ.Dirs, s environ.Switch) []string {
	list := []string{d.File(s.Active), d.Active()}
	if s.Backup != "" {
		list = append(list, s.Backup)
	}
	return list
}

// use switches without a check.
func (w *Workflow) use(l project.Layout, name string) error {
	s, err := environ.Use(dirs(l), name, w.Now(), rand.Reader)
	if err != nil {
		return err
	}
	switch {
	case s.Carried:
		_, _ = fmt.Fprintf(w.Err, "created %s with all that %s says, as it is\n", l.EnvDir+"/.env."+name, l.EnvLink)
	case s.Created:
		w.sayCreated(l, name)
	}
	if s.Backup != "" {
		_, _ = fmt.Fprintf(w.Err, "kept the former %s as %s\n", l.EnvLink, filepath.Base(s.Backup))
	}
	_, _ = fmt.Fprintf(w.Err, "environment %s is active\n", s.Active)
	if d := (&desk{w: w, layout: l, dirs: dirs(l)}); !environ.IsCommitted(name) && (s.Created || s.Backup != "") {
		d.warnOfGit(context.Background(), made(d.dirs, s)...)
	}
	return nil
}
