package workflow

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

// extended is a template with the variables of the plugins, where it has them
// not, as plugin:enable adds them.
func (g enlisted) extended(file string, doc dotenv.Document) (environ.Template, error) {
	text := doc.String()
	for _, p := range g.list {
		has := dotenv.Parse(text + "\n" + environ.EnabledPlugins + "=\n") // which is the environment's own
		section, err := variablesOf(p, has)
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

// undeclared are the uses of variables that no plugin declares: of the others
// the manifest knows more than can be guessed.
func (g enlisted) undeclared(uses []environ.Usage) []environ.Usage {
	all := g.declares()
	return slices.DeleteFunc(slices.Clone(uses), func(u environ.Usage) bool {
		return slices.ContainsFunc(all, func(d environ.Declared) bool { return d.Name == u.Variable })
	})
}

// equip gives a new environment the variables of the plugins that are enabled in
// it, or in the shell, with the values of revise.
func (d *desk) equip(ctx context.Context, name string, revise environ.Revise) error {
	e, err := environ.ReadEnvironment(d.dirs, name)
	if err != nil {
		return err
	}
	g := d.enlist(ctx, e)
	if len(g.list) == 0 {
		return nil
	}
	t, err := environ.SoundTemplate(d.dirs)
	if err != nil {
		return err
	}
	if t, err = g.extended(d.templateFile(), t.Document); err != nil {
		return err
	}
	if t, err = revise(t); err != nil {
		return err
	}
	_, err = environ.Edit(ctx, d.dirs, name, func(doc dotenv.Document) (dotenv.Document, error) {
		next, _, err := environ.Sync(t, doc, rand.Reader)
		return next, err
	})
	return err
}

// templateFile is the template as messages show it.
func (d *desk) templateFile() string { return d.layout.EnvDir + "/.env.example" }
