package load

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

func EnvDirs(l project.Layout) environ.Dirs {
	return environ.Dirs{Root: l.Root, EnvDir: l.Path(l.EnvDir), Link: l.Path(l.EnvLink)}
}

// environment is the name of the active environment. With create, a
// repository that has a template and no .env gets env:local first, and is told.
func environment(ctx context.Context, w *app.Run, l project.Layout, create bool) (string, error) {
	d := EnvDirs(l)
	name, ok, err := environ.Active(d)
	if err != nil || ok || !create {
		return name, err
	}
	if _, err := os.Stat(d.Template()); err != nil {
		return "", nil
	}
	_, _ = fmt.Fprintln(w.Err, "no .env yet: choosing the local environment (mage env:local)")
	if err := (&EnvContext{Run: w, Layout: l, Dirs: d}).Ensure(ctx, "local"); err != nil {
		return "", err
	}
	return "local", UseEnvironment(w, l, "local")
}

// ResultsToErr is w with what is a result elsewhere among the progress.
func ResultsToErr(w *app.Run) *app.Run {
	other := *w
	other.Out, other.OutTerminal = w.Err, w.ErrTerminal
	return &other
}

func sayCreated(w *app.Run, l project.Layout, name string) {
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

// UseEnvironment switches without a check.
func UseEnvironment(w *app.Run, l project.Layout, name string) error {
	s, err := environ.Use(EnvDirs(l), name, w.Now(), rand.Reader)
	if err != nil {
		return err
	}
	switch {
	case s.Carried:
		_, _ = fmt.Fprintf(w.Err, "created %s with all that %s says, as it is\n", l.EnvDir+"/.env."+name, l.EnvLink)
	case s.Created:
		sayCreated(w, l, name)
	}
	if s.Backup != "" {
		_, _ = fmt.Fprintf(w.Err, "kept the former %s as %s\n", l.EnvLink, filepath.Base(s.Backup))
	}
	_, _ = fmt.Fprintf(w.Err, "environment %s is active\n", s.Active)
	if d := (&EnvContext{Run: w, Layout: l, Dirs: EnvDirs(l)}); !environ.IsCommitted(name) && (s.Created || s.Backup != "") {
		d.warnOfGit(context.Background(), made(d.Dirs, s)...)
	}
	return nil
}
