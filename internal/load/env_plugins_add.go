package load

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

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
