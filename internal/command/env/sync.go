package env

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/units"
)

// SyncOptions are the flags of env:sync.
type SyncOptions struct {
	Env      string // the active environment when empty
	Yes, Dry bool
}

// Sync adds what the template and the plugins of the environment have and it
// has not; it shows that before it asks.
func Sync(ctx context.Context, w *app.Run, o SyncOptions) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		name, err := d.EnvironmentOrActive(o.Env)
		if err != nil {
			return err
		}
		if err := d.Writable(name); err != nil {
			return err
		}
		e, err := environ.ReadEnvironment(d.Dirs, name)
		if err != nil {
			return err
		}
		t, err := environ.SoundTemplate(d.Dirs)
		if err != nil {
			return err
		}
		g := d.PluginsOf(ctx, e)
		g.WarnBroken(w)
		if t, err = g.Extended(d.TemplateFile(), t.Document); err != nil {
			return err
		}
		if t, err = presentName(ctx, d, e, t); err != nil {
			return err
		}
		if p, _ := d.Model(ctx, e); p != nil {
			t = t.Leaving(name, judged(d, e, p, g, t))
		}
		_, added, err := environ.Sync(t, e.Document, rand.Reader)
		if err != nil {
			return err
		}
		if len(added) == 0 {
			return w.Say("%s has all that the template has\n", e.File)
		}
		if err := ShowAdditions(d, e.File, added); err != nil || o.Dry {
			return err
		}
		if err := syncFile(ctx, d, e, t, len(added), o.Yes); err != nil {
			return err
		}
		if slices.ContainsFunc(added, func(a environ.Addition) bool { return a.Variable == environ.ProjectVariable }) {
			return tellSharing(ctx, d, e)
		}
		return nil
	})
}

// presentName is the template with the name that the environment's project has
// now: its data is there.
func presentName(ctx context.Context, d *load.EnvContext, e environ.Environment, t environ.Template) (environ.Template, error) {
	name := d.ProjectOf(ctx, e)
	if name == "" || !slices.Contains(t.ProjectVariables(), environ.ProjectVariable) {
		return t, nil
	}
	return t.Giving(d.TemplateFile(), map[string]string{environ.ProjectVariable: name})
}

// ShowAdditions lists the variables that were added to a file, without values.
func ShowAdditions(d *load.EnvContext, file string, added []environ.Addition) error {
	for _, a := range added {
		if _, err := fmt.Fprintf(d.Run.Out, "@@ %s:%d @@\n%s", file, a.Line, a); err != nil {
			return err
		}
	}
	return nil
}

func syncFile(ctx context.Context, d *load.EnvContext, e environ.Environment, t environ.Template, n int, yes bool) error {
	question := fmt.Sprintf("Add %s to %s", units.Plural(n, "variable"), e.File)
	if err := d.Run.Confirm(ctx, question, yes); err != nil {
		return err
	}
	_, err := environ.Edit(ctx, d.Dirs, e.Name, func(doc dotenv.Document) (dotenv.Document, error) {
		next, added, err := environ.Sync(t, doc, rand.Reader)
		n = len(added)
		return next, err
	})
	if err == nil {
		err = d.Run.Say("added %s to %s\n", units.Plural(n, "variable"), e.File)
	}
	return err
}
