package workflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// desk is what the env targets work on: the files of the environments, and what
// the Compose files make of them.
type desk struct {
	w      *Workflow
	layout project.Layout
	dirs   environ.Dirs
}

// atDesk runs an env target.
func (w *Workflow) atDesk(ctx context.Context, do func(context.Context, *desk) error) error {
	w.survivePipe()
	return w.guarded(ctx, func(ctx context.Context) error {
		l := w.layout()
		return quietPipe(do(ctx, &desk{w: w, layout: l, dirs: dirs(l)}))
	})
}

// shell is what the shell sets, which wins over every file.
func (d *desk) shell(name string) (string, bool) {
	for _, pair := range slices.Backward(d.w.Environ) {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value, true
		}
	}
	return "", false
}

// named is the environment that a flag names, or else the active one.
func (d *desk) named(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	name, ok, err := environ.Active(d.dirs)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", failure.New(failure.Preflight, "no environment is active").WithHint("mage env:local, or name one: -env=NAME")
	case name == "":
		return "", failure.New(failure.Preflight, "%s is a file of your own, not one of the environments", d.layout.EnvLink).
			WithHint("name one: -env=NAME, or switch: mage env:use NAME keeps your file as a backup")
	}
	return name, nil
}

// current is what Compose reads now: the active environment, a .env of the
// user's own, which has no name, or nothing, which has no file either.
func (d *desk) current() (environ.Environment, error) {
	if d.w.preview != nil {
		return *d.w.preview, nil
	}
	e, _, err := environ.Current(d.dirs)
	return e, err
}

// read reads an environment: what Compose reads, if it is the active one.
func (d *desk) read(name string) (environ.Environment, environ.Copy, error) {
	if active, ok, err := environ.Active(d.dirs); err == nil && ok && active == name {
		return environ.Current(d.dirs)
	}
	e, err := environ.ReadEnvironment(d.dirs, name)
	return e, environ.Faithful, err
}

// noteCopy says that a change of the file is not what Compose reads.
func (d *desk) noteCopy(name string) {
	if e, state, err := d.read(name); err == nil && state != environ.Faithful {
		_, _ = fmt.Fprintf(d.w.Err, "note: %s is a copy that was edited, and Compose reads that: mage env:use %s replaces it\n", e.File, name)
	}
}

// template is empty where there is none.
func (d *desk) template() (environ.Template, error) {
	if _, err := os.Stat(d.dirs.Template()); errors.Is(err, fs.ErrNotExist) {
		return environ.Template{}, nil
	}
	return environ.SoundTemplate(d.dirs)
}

// all are the environments whose files can be read: what is wrong with one that
// is not meant keeps no target from its work.
func (d *desk) all() (list []environ.Environment, err error) {
	every, err := d.every()
	for _, one := range every {
		if one.err == nil {
			list = append(list, one.Environment)
		}
	}
	return list, err
}

// found is an environment that has a file, or why that cannot be read.
type found struct {
	environ.Environment // its Name is there in any case
	err                 error
}

// every are the environments that have a file. Of the FIFOs only that of the
// active one is read: a password manager asks somebody each time.
func (d *desk) every() ([]found, error) {
	names, err := environ.Names(d.dirs)
	if err != nil {
		return nil, err
	}
	active, _, _ := environ.Active(d.dirs) // what is wrong with it is told elsewhere
	list := make([]found, 0, len(names))
	for _, name := range names {
		one := found{Environment: environ.Environment{Name: name}, err: errUnread}
		if name == active || !environ.IsPipe(d.dirs.File(name)) {
			one.Environment, one.err = environ.ReadEnvironment(d.dirs, name)
			one.Name = name
		}
		list = append(list, one)
	}
	return list, nil
}

// errUnread: see every.
var errUnread = errors.New("a FIFO, read where it is the active one")

// writable refuses early what cannot be changed, before anything is read or asked.
func (d *desk) writable(name string) error { return environ.Writable(d.dirs, name) }

// secrets knows what must not be shown of any environment, nor of the shell. The
// plugins that are asked are those of the active environment, and of the others
// that are named.
func (d *desk) secrets(ctx context.Context, others ...environ.Environment) (environ.Secrets, error) {
	t, err := d.template()
	if err != nil {
		return environ.Secrets{}, err
	}
	list, err := d.all()
	if err != nil {
		return environ.Secrets{}, err
	}
	now, err := d.current()
	for _, e := range append(others, now) {
		g := d.enlist(ctx, e)
		t = t.Declaring(g.declares()...).Marking(g.hiding(append(list, now))...)
	}
	if p, err := d.model(ctx, now); err == nil {
		t = t.Marking(p.SecretVariables()...)
		t = t.Knowing(usedNames(p)...)
		list = append(list, includedSecrets(p)...)
	} else {
		t = t.Marking(d.layout.SecretVariables(now.Name)...)
	}
	return environ.SecretsOf(t, d.shell, append(list, now, d.shellSecrets(t))...), err
}

// usedNames are the variables that the Compose files read.
func usedNames(p *project.Project) (names []string) {
	for _, u := range usesOf(p) {
		names = append(names, u.Variable)
	}
	return names
}

// shellSecrets are the secrets that the shell sets, as an environment.
func (d *desk) shellSecrets(t environ.Template) (e environ.Environment) {
	for _, pair := range d.w.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if v, _ := t.Variable(name); !v.IsSecret() && !secret.IsName(name) {
			continue
		}
		if next, err := dotenv.Set(e.Document, name, value); err == nil {
			e.Document = next
		}
	}
	return e
}

// hides reports whether what a layer says must not be shown: a default of
// Compose may be made of a secret that is too short to be known by its text.
func hides(secrets environ.Secrets, name string, s dotenv.Setting) bool {
	made := s.Layer.IsDefault() && slices.ContainsFunc(dotenv.Mentions(s.Written.Reveal()),
		func(m dotenv.Mention) bool { return secrets.IsSecret(m.Name) })
	return made || secrets.Hides(name, s.Value.Reveal())
}
