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
	"github.com/infinitescribe/spellbook/internal/project"
)

// EnvTemplate writes the template, or adds to it the variables that the Compose
// files read and that it does not have.
func (w *Workflow) EnvTemplate(ctx context.Context) error {
	return w.atDesk(ctx, func(ctx context.Context, d *desk) error {
		e, err := d.current()
		if err != nil {
			return err
		}
		p, err := d.model(ctx, e)
		if err != nil {
			return err
		}
		t, err := environ.ReadTemplate(d.dirs)
		if err != nil {
			t = environ.Template{}
		}
		g := d.enlist(ctx, e)
		g.tellBroken(w)
		uses := d.judged(e, p, g, t)
		if _, err := os.Stat(d.dirs.Template()); errors.Is(err, fs.ErrNotExist) && !environ.HasTemplate(uses) {
			_, err := fmt.Fprintln(w.Out, "the Compose files read no variables: there is no template to write")
			return err
		}
		var added []string
		_, err = environ.EditTemplate(ctx, d.dirs, func(doc dotenv.Document) (next dotenv.Document, err error) {
			next, added, err = environ.ScaffoldTemplate(doc, g.undeclared(uses), e.Values(d.shell))
			if err != nil {
				return next, err
			}
			if next, err = d.withProject(next, e, p); err != nil {
				return next, err
			}
			more, err := g.extended(d.templateFile(), next)
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
		return d.tellTemplate(added)
	})
}

// withProject adds the project's name, but where a service gets the whole file:
// it would be one variable more there.
func (d *desk) withProject(doc dotenv.Document, e environ.Environment, p *project.Project) (dotenv.Document, error) {
	if d.passesAll(e, p) {
		return doc, nil
	}
	return environ.ScaffoldProject(doc)
}

func (d *desk) tellTemplate(added []string) error {
	file := d.layout.EnvDir + "/.env.example"
	if len(added) == 0 {
		_, err := fmt.Fprintf(d.w.Out, "%s has every variable that the Compose files read\n", file)
		return err
	}
	_, _ = fmt.Fprintln(d.w.Err, "note: look over what the annotations in square brackets say, they are guessed by name")
	_, err := fmt.Fprintf(d.w.Out, "added %s to %s: %s\n", plural(len(added), "variable"), file, strings.Join(added, ", "))
	return err
}
