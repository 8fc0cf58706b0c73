package load

import (
	"context"
	"crypto/rand"
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

// PluginDeclarations are the plugins of an environment, as far as they can be told: what
// is wrong with one keeps no env target from its work.
type PluginDeclarations struct {
	Host    *pluginhost.Host // nil where none is enabled
	Plugins []*pluginhost.Plugin
	Broken  []BrokenPlugin
}

// BrokenPlugin is one that is enabled and cannot be had.
type BrokenPlugin struct {
	Name string
	Err  error
}

// PluginsOf resolves the plugins that the shell or an environment names. Where none
// is named nothing is looked at; one that is known already is not launched.
func (d *EnvContext) PluginsOf(ctx context.Context, e environ.Environment) PluginDeclarations {
	names := d.Enabled(e)
	if len(names) == 0 {
		return PluginDeclarations{}
	}
	host, err := PluginHost(ctx, d.Run, d.Layout)
	if err != nil {
		return PluginDeclarations{Broken: []BrokenPlugin{{names[0], err}}}
	}
	g := PluginDeclarations{Host: host}
	if g.Plugins, err = host.Resolve(ctx, names); err == nil {
		return g
	}
	g.Plugins = nil
	for _, name := range names { // to tell the good from the bad
		list, err := host.Resolve(ctx, []string{name})
		if err != nil {
			g.Broken = append(g.Broken, BrokenPlugin{name, err})
		}
		g.Plugins = append(g.Plugins, list...)
	}
	return g
}

func (g PluginDeclarations) names() (names []string) {
	for _, p := range g.Plugins {
		names = append(names, p.Manifest.Name)
	}
	return names
}

// Declared are the variables of all the plugins.
func (g PluginDeclarations) Declared() (all []environ.Declared) {
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
func (g PluginDeclarations) SecretPrefixes(list []environ.Environment) (names []string) {
	for _, b := range g.Broken {
		for _, e := range list {
			for _, entry := range e.Document.Entries {
				if strings.HasPrefix(entry.Name, PluginPrefix(b.Name)) {
					names = append(names, entry.Name)
				}
			}
		}
	}
	return names
}

// PluginPrefix is what the names of a plugin's variables begin with.
func PluginPrefix(plugin string) string { return strings.ToUpper(plugin) + "_" }

// Uses are the places that read variables, and the plugins that read one
// themselves. p may be nil.
func (g PluginDeclarations) Uses(p *project.Project) []project.Use {
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
		list = append(list, project.Use{Variable: v.Name, File: PluginSource(m.Name), Path: "hooks and commands", Service: s.Name,
			Default: strings.ReplaceAll(v.Default, "$", "$$"), HasDefault: v.Default != "", EmptyIsMissing: true})
	}
	return list
}

// PluginSource is a plugin where messages name a file.
func PluginSource(name string) string { return "plugin " + name }

// PluginDefaults makes the defaults of fragments and manifests those of plugins.
func PluginDefaults(p *project.Project, defaults map[string][]dotenv.Setting) {
	for _, list := range defaults {
		for i, s := range list {
			if name, isManifest := strings.CutPrefix(s.File, PluginSource("")); isManifest && s.Line == 0 {
				list[i].Origin = dotenv.Origin{Layer: dotenv.PluginDefault, Plugin: name}
			} else if name := p.PluginOf(s.File); name != "" {
				list[i].Layer, list[i].Plugin = dotenv.PluginDefault, name
			}
		}
	}
}

// WarnBroken says whose variables are not among what follows.
func (g PluginDeclarations) WarnBroken(w *app.Run) {
	for _, b := range g.Broken {
		_, _ = fmt.Fprintf(w.Err, "note: without plugin %s: %s\n", b.Name, FirstLine(b.Err))
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
func (g PluginDeclarations) Extended(file string, doc dotenv.Document) (environ.Template, error) {
	text := doc.String()
	for _, p := range g.Plugins {
		has := dotenv.Parse(text + "\n" + environ.EnabledPlugins + "=\n") // which is the environment's own
		section, err := PluginTemplate(p, has)
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
func (g PluginDeclarations) Undeclared(uses []environ.Usage) []environ.Usage {
	all := g.Declared()
	return slices.DeleteFunc(slices.Clone(uses), func(u environ.Usage) bool {
		return slices.ContainsFunc(all, func(d environ.Declared) bool { return d.Name == u.Variable })
	})
}

// addPluginVariables gives a new environment the variables of the plugins that are enabled in
// it, or in the shell, with the values of revise.
func (d *EnvContext) addPluginVariables(ctx context.Context, name string, revise environ.Revise) error {
	e, err := environ.ReadEnvironment(d.Dirs, name)
	if err != nil {
		return err
	}
	g := d.PluginsOf(ctx, e)
	if len(g.Plugins) == 0 {
		return nil
	}
	t, err := environ.SoundTemplate(d.Dirs)
	if err != nil {
		return err
	}
	if t, err = g.Extended(d.TemplateFile(), t.Document); err != nil {
		return err
	}
	if t, err = revise(t); err != nil {
		return err
	}
	_, err = environ.Edit(ctx, d.Dirs, name, func(doc dotenv.Document) (dotenv.Document, error) {
		next, _, err := environ.Sync(t, doc, rand.Reader)
		return next, err
	})
	return err
}

// TemplateFile is the template as messages show it.
func (d *EnvContext) TemplateFile() string { return d.Layout.EnvDir + "/.env.example" }
