package env

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Template writes the template, or adds to it the variables that the Compose
// files read and that it does not have.
func Template(ctx context.Context, w *app.Run) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		e, err := d.Current()
		if err != nil {
			return err
		}
		p, err := d.Model(ctx, e)
		if err != nil {
			return err
		}
		t, err := environ.ReadTemplate(d.Dirs)
		if err != nil {
			t = environ.Template{}
		}
		g := d.PluginsOf(ctx, e)
		g.WarnBroken(w)
		uses := judged(d, e, p, g, t)
		if _, err := os.Stat(d.Dirs.Template()); errors.Is(err, fs.ErrNotExist) && !environ.HasTemplate(uses) {
			return w.Say("the Compose files read no variables: there is no template to write\n")
		}
		var added []string
		_, err = environ.EditTemplate(ctx, d.Dirs, func(doc dotenv.Document) (next dotenv.Document, err error) {
			next, added, err = environ.ScaffoldTemplate(doc, g.Undeclared(uses), e.Values(d.Shell))
			if err != nil {
				return next, err
			}
			if next, err = withProject(d, next, e, p); err != nil {
				return next, err
			}
			more, err := g.Extended(d.TemplateFile(), next)
			for _, v := range more.Variables {
				if !slices.ContainsFunc(doc.Entries, func(e dotenv.Entry) bool { return e.Name == v.Name }) && !slices.Contains(added, v.Name) {
					added = append(added, v.Name)
				}
			}
			return more.Document, err
		})
		if err != nil {
			return err
		}
		return tellTemplate(d, added)
	})
}

// withProject adds the project's name, but where a service gets the whole file:
// it would be one variable more there.
func withProject(d *load.EnvContext, doc dotenv.Document, e environ.Environment, p *project.Project) (dotenv.Document, error) {
	if d.PassesAll(e, p) {
		return doc, nil
	}
	return environ.ScaffoldProject(doc)
}

func tellTemplate(d *load.EnvContext, added []string) error {
	file := d.Layout.EnvDir + "/.env.example"
	if len(added) == 0 {
		return d.Run.Say("%s has every variable that the Compose files read\n", file)
	}
	d.Run.Tell("note: look over the annotations in square brackets: a type like [port?] is a guess, which a check only warns of; take its ? away where it is right")
	return d.Run.Say("added %s to %s: %s\n", units.Plural(len(added), "variable"), file, strings.Join(added, ", "))
}
