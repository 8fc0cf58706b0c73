package workflow

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

func dirs(l project.Layout) environ.Dirs {
	return environ.Dirs{Root: l.Root, EnvDir: l.Path(l.EnvDir), Link: l.Path(l.EnvLink)}
}

// environment is the name of the active environment. With create, a
// repository that has a template and no .env gets env:local first, and is told.
func (w *Workflow) environment(l project.Layout, create bool) (string, error) {
	d := dirs(l)
	name, ok, err := environ.Active(d)
	if err != nil || ok || !create {
		return name, err
	}
	if _, err := os.Stat(d.Template()); err != nil {
		return "", nil
	}
	_, _ = fmt.Fprintln(w.Err, "no .env yet: choosing the local environment (mage env:local)")
	return "local", w.use(l, "local")
}

// EnvUse switches to an environment, creating it from the template if need be.
func (w *Workflow) EnvUse(ctx context.Context, name string) error {
	return w.guarded(ctx, func(context.Context) error { return w.use(w.layout(), name) })
}

func (w *Workflow) use(l project.Layout, name string) error {
	s, err := environ.Use(dirs(l), name, w.Now(), rand.Reader)
	if err != nil {
		return err
	}
	if s.Created {
		_, _ = fmt.Fprintf(w.Err, "created %s from the template, with generated secrets\n", l.EnvDir+"/.env."+name)
	}
	if s.Backup != "" {
		_, _ = fmt.Fprintf(w.Err, "kept the former %s as %s\n", l.EnvLink, s.Backup)
	}
	_, _ = fmt.Fprintf(w.Err, "environment %s is active\n", s.Active)
	return nil
}
