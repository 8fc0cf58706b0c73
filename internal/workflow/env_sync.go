package workflow

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

// EnvSyncOptions are the flags of env:sync.
type EnvSyncOptions struct {
	Env      string // the active environment when empty
	Yes, Dry bool
}

// EnvSync adds what the template and the plugins of the environment have and it
// has not; it shows that before it asks.
func (w *Workflow) EnvSync(ctx context.Context, o EnvSyncOptions) error {
	return w.atDesk(ctx, func(ctx context.Context, d *desk) error {
		name, err := d.named(o.Env)
		if err != nil {
			return err
		}
		if err := d.writable(name); err != nil {
			return err
		}
		e, err := environ.ReadEnvironment(d.dirs, name)
		if err != nil {
			return err
		}
		t, err := environ.SoundTemplate(d.dirs)
		if err != nil {
			return err
		}
		g := d.enlist(ctx, e)
		g.tellBroken(w)
		if t, err = g.extended(d.templateFile(), t.Document); err != nil {
			return err
		}
		if t, err = d.presentName(ctx, e, t); err != nil {
			return err
		}
		_, added, err := environ.Sync(t, e.Document, rand.Reader)
		if err != nil {
			return err
		}
		if len(added) == 0 {
			_, err = fmt.Fprintf(w.Out, "%s has all that the template has\n", e.File)
			return err
		}
		if err := d.showAdditions(e.File, added); err != nil || o.Dry {
			return err
		}
		if err := d.sync(ctx, e, t, len(added), o.Yes); err != nil {
			return err
		}
		if slices.ContainsFunc(added, func(a environ.Addition) bool { return a.Variable == environ.ProjectVariable }) {
			return d.tellSharing(ctx, e)
		}
		return nil
	})
}

// presentName is the template with the name that the environment's project has
// now: its data is there.
func (d *desk) presentName(ctx context.Context, e environ.Environment, t environ.Template) (environ.Template, error) {
	name := d.projectOf(ctx, e)
	if name == "" || !slices.Contains(t.ProjectVariables(), environ.ProjectVariable) {
		return t, nil
	}
	return t.Giving(d.templateFile(), map[string]string{environ.ProjectVariable: name})
}

func (d *desk) showAdditions(file string, added []environ.Addition) error {
	for _, a := range added {
		if _, err := fmt.Fprintf(d.w.Out, "@@ %s:%d @@\n%s", file, a.Line, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) sync(ctx context.Context, e environ.Environment, t environ.Template, n int, yes bool) error {
	question := fmt.Sprintf("Add %s to %s", plural(n, "variable"), e.File)
	if err := d.w.confirm(ctx, question, yes); err != nil {
		return err
	}
	_, err := environ.Edit(ctx, d.dirs, e.Name, func(doc dotenv.Document) (dotenv.Document, error) {
		next, added, err := environ.Sync(t, doc, rand.Reader)
		n = len(added)
		return next, err
	})
	if err == nil {
		_, err = fmt.Fprintf(d.w.Out, "added %s to %s\n", plural(n, "variable"), e.File)
	}
	return err
}
