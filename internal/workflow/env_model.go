package workflow

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// options load the Compose files, the backend's as well, with an environment's
// values.
func (d *desk) options(e environ.Environment) (project.Layout, project.Options) {
	l := d.layout
	if e.Name != "" && e.File != d.layout.EnvLink { // which may be a copy that is not the file
		l.EnvLink = filepath.Join(l.EnvDir, ".env."+e.Name)
	}
	return l, project.Options{Environ: d.w.Environ, Env: e.Name, Backend: true}
}

// model is the project as far as it can be told: with the values of the
// environment, or where Compose refuses these, without, and where a plugin is
// what is wrong, without the plugins. Every service is in it, whatever its
// profile.
func (d *desk) model(ctx context.Context, e environ.Environment) (*project.Project, error) {
	l, o := d.options(e)
	o.Lenient, o.Profiles = true, []string{"*"}
	p, _, err := d.w.load(ctx, l, o)
	if err == nil {
		return p, nil
	}
	bare := l
	bare.EnvLink = os.DevNull
	for _, plugins := range [][]string{d.enabled(e), d.enlist(ctx, e).names(), nil} {
		for _, l := range []project.Layout{l, bare} {
			if p, _, err := d.w.naming(plugins).load(ctx, l, o); err == nil {
				return p, nil
			}
		}
	}
	return nil, err
}

// naming is w where these plugins are enabled, whatever the environment says.
func (w *Workflow) naming(plugins []string) *Workflow {
	other := *w
	other.Environ = append(slices.Clone(w.Environ), environ.EnabledPlugins+"="+strings.Join(plugins, ","))
	return &other
}

// usesOf are the uses whose variables may be named: a line of a key in the env
// file of a service passes for a NAME that is passed on.
func usesOf(p *project.Project) []project.Use {
	return slices.DeleteFunc(p.Uses(), func(u project.Use) bool { return environ.Usage(u).MayBeValue() })
}

func usages(uses []project.Use) []environ.Usage {
	list := make([]environ.Usage, 0, len(uses))
	for _, u := range uses {
		list = append(list, environ.Usage(u))
	}
	return list
}

// resolve says of every variable where its value comes from; p may be nil.
func (d *desk) resolve(e environ.Environment, p *project.Project, uses []project.Use) (dotenv.Resolution, error) {
	o := dotenv.ResolveOptions{Shell: d.w.Environ}
	if e.File != "" {
		o.Files = []dotenv.File{{Path: e.File, Text: secret.New(e.Document.String())}}
	}
	if p != nil {
		o.Defaults = p.Defaults(uses)
		pluginDefaults(p, o.Defaults)
	}
	return dotenv.Resolve(o)
}

// passesAll: a service gets the whole file of the environment by env_file.
func (d *desk) passesAll(e environ.Environment, p *project.Project) bool {
	return slices.ContainsFunc(p.Deliveries(), func(x project.Delivery) bool {
		return x.EnvFile && (x.File == e.File || x.File == d.layout.EnvLink)
	})
}
