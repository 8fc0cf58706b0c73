package load

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Options load the Compose files, the backend's as well, with an environment's
// values.
func (d *EnvContext) Options(e environ.Environment) (project.Layout, project.Options) {
	l := d.Layout
	if e.Name != "" && e.File != d.Layout.EnvLink { // which may be a copy that is not the file
		l.EnvLink = filepath.Join(l.EnvDir, ".env."+e.Name)
	}
	return l, project.Options{Environ: d.Run.Environ, Env: e.Name, Backend: true}
}

// Model is the project as far as it can be told: with the values of the
// environment, or where Compose refuses these, without, and where a plugin is
// what is wrong, without the plugins. Every service is in it, whatever its
// profile.
func (d *EnvContext) Model(ctx context.Context, e environ.Environment) (*project.Project, error) {
	l, o := d.Options(e)
	o.Lenient, o.Profiles = true, []string{"*"}
	p, _, err := Project(ctx, d.Run, l, o)
	if err == nil {
		return p, nil
	}
	bare := l
	bare.EnvLink = os.DevNull
	for _, plugins := range [][]string{d.Enabled(e), d.PluginsOf(ctx, e).names(), nil} {
		for _, l := range []project.Layout{l, bare} {
			if p, _, err := Project(ctx, naming(d.Run, plugins), l, o); err == nil {
				return p, nil
			}
		}
	}
	return nil, err
}

// naming is w where these plugins are enabled, whatever the environment says.
func naming(w *app.Run, plugins []string) *app.Run {
	other := *w
	other.Environ = append(slices.Clone(w.Environ), environ.EnabledPlugins+"="+strings.Join(plugins, ","))
	return &other
}

// UsesOf are the uses whose variables may be named: a line of a key in the env
// file of a service passes for a NAME that is passed on.
func UsesOf(p *project.Project) []project.Use {
	return slices.DeleteFunc(p.Uses(), func(u project.Use) bool { return environ.Usage(u).MayBeValue() })
}

func Usages(uses []project.Use) []environ.Usage {
	list := make([]environ.Usage, 0, len(uses))
	for _, u := range uses {
		list = append(list, environ.Usage(u))
	}
	return list
}

// Resolve says of every variable where its value comes from; p may be nil.
func (d *EnvContext) Resolve(e environ.Environment, p *project.Project, uses []project.Use) (dotenv.Resolution, error) {
	o := dotenv.ResolveOptions{Shell: d.Run.Environ}
	if e.File != "" {
		o.Files = []dotenv.File{{Path: e.File, Text: secret.New(e.Document.String())}}
	}
	if p != nil {
		o.Defaults = p.Defaults(uses)
		PluginDefaults(p, o.Defaults)
	}
	return dotenv.Resolve(o)
}

// PassesAll: a service gets the whole file of the environment by env_file.
func (d *EnvContext) PassesAll(e environ.Environment, p *project.Project) bool {
	return slices.ContainsFunc(p.Deliveries(), func(x project.Delivery) bool {
		return x.EnvFile && (x.File == e.File || x.File == d.Layout.EnvLink)
	})
}
