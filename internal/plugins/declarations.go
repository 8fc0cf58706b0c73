package plugins

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Declarations are the plugins of an environment, as far as they can be told: what
// is wrong with one keeps no env target from its work.
type Declarations struct {
	Host    *pluginhost.Host // nil where none is enabled
	Plugins []*pluginhost.Plugin
	Broken  []Broken
}

// Broken is one that is enabled and cannot be had.
type Broken struct {
	Name string
	Err  error
}

// DeclarationsOf resolves the plugins that the shell or an environment names. Where none
// is named nothing is looked at; one that is known already is not launched.
func DeclarationsOf(ctx context.Context, w *app.Run, l project.Layout, e environ.Environment) Declarations {
	names := Enabled(w, e)
	if len(names) == 0 {
		return Declarations{}
	}
	host, err := Host(ctx, w, l)
	if err != nil {
		return Declarations{Broken: []Broken{{names[0], err}}}
	}
	g := Declarations{Host: host}
	if g.Plugins, err = host.Resolve(ctx, names); err == nil {
		return g
	}
	g.Plugins = nil
	for _, name := range names { // to tell the good from the bad
		list, err := host.Resolve(ctx, []string{name})
		if err != nil {
			g.Broken = append(g.Broken, Broken{name, err})
		}
		g.Plugins = append(g.Plugins, list...)
	}
	return g
}

// Names are those of the plugins that can be had.
func (g Declarations) Names() (names []string) {
	for _, p := range g.Plugins {
		names = append(names, p.Manifest.Name)
	}
	return names
}

// Declared are the variables of all the plugins.
func (g Declarations) Declared() (all []environ.Declared) {
	for _, p := range g.Plugins {
		for _, v := range p.Reads() {
			all = append(all, declaration(p.Manifest.Name, v))
		}
	}
	return all
}

// declaration is what a manifest says of a variable, as a template would.
func declaration(plugin string, v manifest.Variable) environ.Declared {
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
		Variable: environ.Variable{Name: v.Name, Description: Sentence(v.Summary), Annotations: a}}
}

// SecretPrefixes are the variables of a document that may be a secret of a plugin that
// cannot be asked: all that are called as it is.
func (g Declarations) SecretPrefixes(list []environ.Environment) (names []string) {
	for _, b := range g.Broken {
		for _, e := range list {
			for _, entry := range e.Document.Entries {
				if strings.HasPrefix(entry.Name, Prefix(b.Name)) {
					names = append(names, entry.Name)
				}
			}
		}
	}
	return names
}

// Prefix is what the names of a plugin's variables begin with.
func Prefix(plugin string) string { return strings.ToUpper(plugin) + "_" }

// Uses are the places that read variables, and the plugins that read one
// themselves. p may be nil.
func (g Declarations) Uses(p *project.Project) []project.Use {
	var list []project.Use
	if p != nil {
		list = UsesOf(p)
	}
	for _, plugin := range g.Plugins {
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
func manifestUses(p *project.Project, m manifest.Manifest, v manifest.Variable) (list []project.Use) {
	for _, s := range m.Services {
		if p != nil && !p.Known(s.Name) && p.Plugin(s.Name) == m.Name {
			continue
		}
		list = append(list, project.Use{Variable: v.Name, File: Source(m.Name), Path: "hooks and commands", Service: s.Name,
			Default: strings.ReplaceAll(v.Default, "$", "$$"), HasDefault: v.Default != "", EmptyIsMissing: true})
	}
	return list
}

// Source is a plugin where messages name a file.
func Source(name string) string { return "plugin " + name }

// MarkDefaults makes the defaults of fragments and manifests those of plugins.
func MarkDefaults(p *project.Project, defaults map[string][]dotenv.Setting) {
	for _, list := range defaults {
		for i, s := range list {
			if name, isManifest := strings.CutPrefix(s.File, Source("")); isManifest && s.Line == 0 {
				list[i].Origin = dotenv.Origin{Layer: dotenv.PluginDefault, Plugin: name}
			} else if name := p.PluginOf(s.File); name != "" {
				list[i].Layer, list[i].Plugin = dotenv.PluginDefault, name
			}
		}
	}
}

// WarnBroken says whose variables are not among what follows.
func (g Declarations) WarnBroken(w *app.Run) {
	for _, b := range g.Broken {
		w.Tell("note: without plugin %s: %s", b.Name, FirstLine(b.Err))
	}
}

// ImagesOf are the project's images, with the plugins that they are of.
func ImagesOf(p *project.Project) []envcheck.Image {
	list := p.Images()
	for i, image := range list {
		list[i].Plugin = p.PluginOf(image.File)
	}
	return list
}

// Extended is a template with the variables of the plugins, where it has them
// not, as plugin:enable adds them.
func (g Declarations) Extended(file string, doc dotenv.Document) (environ.Template, error) {
	text := doc.String()
	for _, p := range g.Plugins {
		has := dotenv.Parse(text + "\n" + environ.EnabledPlugins + "=\n") // which is the environment's own
		section, err := Template(p, has)
		if err != nil {
			return environ.Template{}, err
		}
		if len(section.Variables) == 0 {
			continue
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		text += section.Document.String()
	}
	return environ.ParseTemplate(file, text)
}

// Undeclared are the uses of variables that no plugin declares: of the others
// the manifest knows more than can be guessed.
func (g Declarations) Undeclared(uses []environ.Usage) []environ.Usage {
	all := g.Declared()
	return slices.DeleteFunc(slices.Clone(uses), func(u environ.Usage) bool {
		return slices.ContainsFunc(all, func(d environ.Declared) bool { return d.Name == u.Variable })
	})
}

// UsesOf are the uses whose variables may be named: a line of a key in the env
// file of a service passes for a NAME that is passed on.
func UsesOf(p *project.Project) []project.Use {
	return slices.DeleteFunc(p.Uses(), func(u project.Use) bool { return environ.Usage(u).MayBeValue() })
}

// Usages are the uses as environ wants them.
func Usages(uses []project.Use) []environ.Usage {
	list := make([]environ.Usage, 0, len(uses))
	for _, u := range uses {
		list = append(list, environ.Usage(u))
	}
	return list
}
