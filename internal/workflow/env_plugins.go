package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
)

// enlisted are the plugins of an environment, as far as they can be told: what
// is wrong with one keeps no env target from its work.
type enlisted struct {
	host   *pluginhost.Host // nil where none is enabled
	list   []*pluginhost.Plugin
	broken []brokenPlugin
}

// brokenPlugin is one that is enabled and cannot be had.
type brokenPlugin struct {
	name string
	err  error
}

// enlist resolves the plugins that the shell or an environment names. Where none
// is named nothing is looked at; one that is known already is not launched.
func (d *desk) enlist(ctx context.Context, e environ.Environment) enlisted {
	names := d.enabled(e)
	if len(names) == 0 {
		return enlisted{}
	}
	host, err := d.w.pluginHost(ctx, d.layout)
	if err != nil {
		return enlisted{broken: []brokenPlugin{{names[0], err}}}
	}
	g := enlisted{host: host}
	if g.list, err = host.Resolve(ctx, names); err == nil {
		return g
	}
	g.list = nil
	for _, name := range names { // to tell the good from the bad
		list, err := host.Resolve(ctx, []string{name})
		if err != nil {
			g.broken = append(g.broken, brokenPlugin{name, err})
		}
		g.list = append(g.list, list...)
	}
	return g
}

func (g enlisted) names() (names []string) {
	for _, p := range g.list {
		names = append(names, p.Manifest.Name)
	}
	return names
}

// declares are the variables of all the plugins.
func (g enlisted) declares() (all []environ.Declared) {
	for _, p := range g.list {
		for _, v := range p.Reads() {
			all = append(all, declaration(p.Manifest.Name, v))
		}
	}
	return all
}

// declaration is what a manifest says of a variable, as a template would.
func declaration(plugin string, v pluginhost.Variable) environ.Declared {
	var words []string
	if v.Type != "string" && v.Type != "" {
		words = append(words, v.Type)
	}
	if v.Generate > 0 {
		words = append(words, fmt.Sprintf("generate %d", v.Generate))
	}
	a, err := environ.Annotate(words...)
	a.Required, a.Secret = v.Required, v.Secret || err != nil // what is not understood is not shown
	return environ.Declared{Plugin: plugin, Default: v.Default,
		Variable: environ.Variable{Name: v.Name, Description: proseOf(v.Summary), Annotations: a}}
}

// hiding are the variables of a document that may be a secret of a plugin that
// cannot be asked: all that are called as it is.
func (g enlisted) hiding(list []environ.Environment) (names []string) {
	for _, b := range g.broken {
		for _, e := range list {
			for _, entry := range e.Document.Entries {
				if strings.HasPrefix(entry.Name, prefixOf(b.name)) {
					names = append(names, entry.Name)
				}
			}
		}
	}
	return names
}

func prefixOf(plugin string) string { return strings.ToUpper(plugin) + "_" }

// uses are the places that read variables, and the plugins that read one
// themselves. p may be nil.
func (g enlisted) uses(p *project.Project) []project.Use {
	var list []project.Use
	if p != nil {
		list = usesOf(p)
	}
	for _, plugin := range g.list {
		for _, v := range plugin.Reads() {
			inFragment := slices.ContainsFunc(list, func(u project.Use) bool {
				return u.Variable == v.Name && p.PluginOf(u.File) == plugin.Manifest.Name
			})
			if !inFragment {
				list = append(list, manifestUses(p, plugin.Manifest, v)...)
			}
		}
	}
	return list
}

// manifestUses are one for each service of the plugin, but those that its
// fragment leaves out.
func manifestUses(p *project.Project, m pluginhost.Manifest, v pluginhost.Variable) (list []project.Use) {
	for _, s := range m.Services {
		if p != nil && !p.Known(s.Name) && p.Plugin(s.Name) == m.Name {
			continue
		}
		list = append(list, project.Use{Variable: v.Name, File: ofPlugin(m.Name), Path: "hooks and commands", Service: s.Name,
			Default: strings.ReplaceAll(v.Default, "$", "$$"), HasDefault: v.Default != "", EmptyIsMissing: true})
	}
	return list
}

// ofPlugin is a plugin where messages name a file.
func ofPlugin(name string) string { return "plugin " + name }

// pluginDefaults makes the defaults of fragments and manifests those of plugins.
func pluginDefaults(p *project.Project, defaults map[string][]dotenv.Setting) {
	for _, list := range defaults {
		for i, s := range list {
			if name, isManifest := strings.CutPrefix(s.File, ofPlugin("")); isManifest && s.Line == 0 {
				list[i].Origin = dotenv.Origin{Layer: dotenv.PluginDefault, Plugin: name}
			} else if name := p.PluginOf(s.File); name != "" {
				list[i].Layer, list[i].Plugin = dotenv.PluginDefault, name
			}
		}
	}
}

// tellBroken says whose variables are not among what follows.
func (g enlisted) tellBroken(w *Workflow) {
	for _, b := range g.broken {
		_, _ = fmt.Fprintf(w.Err, "note: without plugin %s: %s\n", b.name, firstLine(b.err))
	}
}

// imagesOf are the project's images, with the plugins that they are of.
func imagesOf(p *project.Project) []envcheck.Image {
	list := p.Images()
	for i, image := range list {
		list[i].Plugin = p.PluginOf(image.File)
	}
	return list
}
