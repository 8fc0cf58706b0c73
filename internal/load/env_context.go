package load

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// EnvContext is what the env targets work on: the files of the environments, and what
// the Compose files make of them.
type EnvContext struct {
	Run    *app.Run
	Layout project.Layout
	Dirs   environ.Dirs
}

// WithEnv runs an env target.
func WithEnv(ctx context.Context, w *app.Run, do func(context.Context, *EnvContext) error) error {
	w.SurviveClosedPipe()
	return w.Guard(ctx, func(ctx context.Context) error {
		l := w.ProjectLayout()
		return app.IgnoreClosedPipe(do(ctx, &EnvContext{Run: w, Layout: l, Dirs: app.EnvDirs(l)}))
	})
}

// Shell is what the shell sets, which wins over every file.
func (d *EnvContext) Shell(name string) (string, bool) { return d.Run.LookupEnv(name) }

// PluginsOf resolves the plugins that the shell or an environment names.
func (d *EnvContext) PluginsOf(ctx context.Context, e environ.Environment) plugins.Declarations {
	return plugins.DeclarationsOf(ctx, d.Run, d.Layout, e)
}

// EnvironmentOrActive is the environment that a flag names, or else the active one.
func (d *EnvContext) EnvironmentOrActive(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	name, ok, err := environ.Active(d.Dirs)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", failure.New(failure.Preflight, "no environment is active").WithHint("mage env:local, or name one: -env=NAME")
	case name == "":
		return "", failure.New(failure.Preflight, "%s is a file of your own, not one of the environments", d.Layout.EnvLink).
			WithHint("name one: -env=NAME, or switch: mage env:use NAME keeps your file as a backup")
	}
	return name, nil
}

// Current is what Compose reads now: the active environment, a .env of the
// user's own, which has no name, or nothing, which has no file either.
func (d *EnvContext) Current() (environ.Environment, error) { return d.Run.Environment(d.Dirs) }

// Read reads an environment: what Compose reads, if it is the active one.
func (d *EnvContext) Read(name string) (environ.Environment, environ.Copy, error) {
	if active, ok, err := environ.Active(d.Dirs); err == nil && ok && active == name {
		return environ.Current(d.Dirs)
	}
	e, err := environ.ReadEnvironment(d.Dirs, name)
	return e, environ.Faithful, err
}

// NoteCopy says that a change of the file is not what Compose reads.
func (d *EnvContext) NoteCopy(name string) {
	if e, state, err := d.Read(name); err == nil && state != environ.Faithful {
		d.Run.Tell("note: %s is a copy that was edited, and Compose reads that: mage env:use %s replaces it", e.File, name)
	}
}

// Template is empty where there is none.
func (d *EnvContext) Template() (environ.Template, error) {
	if _, err := os.Stat(d.Dirs.Template()); errors.Is(err, fs.ErrNotExist) {
		return environ.Template{}, nil
	}
	return environ.SoundTemplate(d.Dirs)
}

// All are the environments whose files can be read: what is wrong with one that
// is not meant keeps no target from its work.
func (d *EnvContext) All() (list []environ.Environment, err error) {
	every, err := d.Scan()
	for _, one := range every {
		if one.Err == nil {
			list = append(list, one.Environment)
		}
	}
	return list, err
}

// Found is an environment that has a file, or why that cannot be read.
type Found struct {
	environ.Environment // its Name is there in any case
	Err                 error
}

// Scan are the environments that have a file. Of the FIFOs only that of the
// active one is read: a password manager asks somebody each time.
func (d *EnvContext) Scan() ([]Found, error) {
	names, err := environ.Names(d.Dirs)
	if err != nil {
		return nil, err
	}
	active, _, _ := environ.Active(d.Dirs) // what is wrong with it is told elsewhere
	list := make([]Found, 0, len(names))
	for _, name := range names {
		one := Found{Environment: environ.Environment{Name: name}, Err: ErrUnread}
		if name == active || !environ.IsPipe(d.Dirs.File(name)) {
			one.Environment, one.Err = environ.ReadEnvironment(d.Dirs, name)
			one.Name = name
		}
		list = append(list, one)
	}
	return list, nil
}

// ErrUnread is that of an environment in a FIFO, see Scan.
var ErrUnread = errors.New("a FIFO, read where it is the active one")

// Writable refuses early what cannot be changed, before anything is read or asked.
func (d *EnvContext) Writable(name string) error { return environ.Writable(d.Dirs, name) }

// Secrets knows what must not be shown of any environment, nor of the shell. The
// plugins that are asked are those of the active environment, and of the others
// that are named.
func (d *EnvContext) Secrets(ctx context.Context, others ...environ.Environment) (environ.Secrets, error) {
	t, err := d.Template()
	if err != nil {
		return environ.Secrets{}, err
	}
	list, err := d.All()
	if err != nil {
		return environ.Secrets{}, err
	}
	now, err := d.Current()
	for _, e := range append(others, now) {
		g := d.PluginsOf(ctx, e)
		t = t.Declaring(g.Declared()...).Marking(g.SecretPrefixes(append(list, now))...)
	}
	if p, err := d.Model(ctx, now); err == nil {
		t = t.Marking(p.SecretVariables()...)
		t = t.Knowing(usedNames(p)...)
		list = append(list, includedSecrets(p)...)
	} else {
		t = t.Marking(d.Layout.SecretVariables(now.Name, d.Run.Environ)...)
	}
	list = append(list, d.besides(now)...)
	return environ.SecretsOf(t, d.Shell, append(list, now, environ.ShellSecrets(t, d.Run.Environ))...), err
}

// usedNames are the variables that the Compose files read.
func usedNames(p *project.Project) (names []string) {
	for _, u := range plugins.UsesOf(p) {
		names = append(names, u.Variable)
	}
	return names
}

// IsHidden reports whether what a layer says must not be shown: a default of
// Compose may be made of a secret that is too short to be known by its text.
func IsHidden(secrets environ.Secrets, name string, s dotenv.Setting) bool {
	made := s.Layer.IsDefault() && slices.ContainsFunc(dotenv.Mentions(s.Written.Reveal()),
		func(m dotenv.Mention) bool { return secrets.IsSecret(m.Name) })
	return made || secrets.Hides(name, s.Value.Reveal())
}

// Options load the Compose files, the backend's as well, with an environment's
// values, or with those that the shell has Compose read in place of the active
// one's.
func (d *EnvContext) Options(e environ.Environment) (project.Layout, project.Options) {
	o := project.Options{Environ: d.Run.Environ, Env: e.Name, EnvShown: e.File, Backend: true}
	active, _, err := environ.Active(d.Dirs)
	switch {
	case err == nil && active == e.Name && composefiles.ShellDecides(d.Shell):
		o.Env = ""
	case e.Name != "" && e.File != d.Layout.EnvLink: // which may be a copy that is not the file
		o.EnvFile = filepath.Join(d.Layout.EnvDir, ".env."+e.Name)
	}
	return d.Layout, o
}

// Model is the project as far as it can be told: with the values of the
// environment, or where Compose refuses these, without, and where a plugin is
// what is wrong, without the plugins. Every service is in it, whatever its
// profile.
func (d *EnvContext) Model(ctx context.Context, e environ.Environment) (*project.Project, error) {
	l, o := d.Options(e)
	o.Lenient, o.Profiles = true, []string{"*"}
	p, _, err := plugins.Project(ctx, d.Run, l, o)
	if err == nil {
		return p, nil
	}
	bare := o
	bare.EnvFile = os.DevNull
	for _, names := range [][]string{plugins.Enabled(d.Run, e), d.PluginsOf(ctx, e).Names(), nil} {
		for _, o := range []project.Options{o, bare} {
			if p, _, err := plugins.Project(ctx, plugins.Enabling(d.Run, names), l, o); err == nil {
				return p, nil
			}
		}
	}
	return nil, err
}

// Resolve says of every variable where its value comes from; p may be nil.
func (d *EnvContext) Resolve(e environ.Environment, p *project.Project, uses []project.Use) (dotenv.Resolution, error) {
	o := dotenv.ResolveOptions{Shell: d.Run.Environ}
	if p != nil {
		o.Defaults = p.Defaults(uses)
		plugins.MarkDefaults(p, o.Defaults)
	}
	l, reads := d.Options(e)
	if set, err := l.Reads(reads); err == nil {
		return set.Resolve(o, nil)
	}
	if e.File != "" {
		o.Files = []dotenv.File{{Path: e.File, Text: secret.New(e.Document.String())}}
	}
	return dotenv.Resolve(o)
}

// besides are the env files that Compose reads with an environment, for the
// secrets in them.
func (d *EnvContext) besides(e environ.Environment) (list []environ.Environment) {
	l, o := d.Options(e)
	set, _ := l.Reads(o)
	for _, path := range set.Paths() {
		if text, err := environ.ReadFile(path); err == nil && l.Short(path) != e.File {
			list = append(list, environ.Environment{File: l.Short(path), Document: dotenv.Parse(string(text))})
		}
	}
	return list
}

// PassesAll reports whether a service gets the whole file of the environment by env_file.
func (d *EnvContext) PassesAll(e environ.Environment, p *project.Project) bool {
	return slices.ContainsFunc(p.Deliveries(), func(x project.Delivery) bool {
		return x.EnvFile && (x.File == e.File || x.File == d.Layout.EnvLink)
	})
}
