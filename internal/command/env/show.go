package env

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// ShowOptions are the flags of env:show.
type ShowOptions struct{ JSON, Reveal bool }

// showDocument is what env:show -json writes.
type showDocument struct {
	Version     int             `json:"version"`
	Environment string          `json:"environment,omitempty"` // none for a .env of the user's own
	File        string          `json:"file,omitempty"`
	Revealed    bool            `json:"revealed"`
	Variables   []shownVariable `json:"variables"`
	Error       string          `json:"error,omitempty"` // nothing is known of the variables
	ExitCode    int             `json:"exit_code,omitempty"`
}

// shownVariable is one variable and where its value comes from.
type shownVariable struct {
	Name   string       `json:"name"`
	Set    bool         `json:"set"`
	Value  *string      `json:"value,omitempty"` // a secret's is masked, unless revealed
	Secret bool         `json:"secret"`
	Layer  dotenv.Layer `json:"layer"`
	File   string       `json:"file,omitempty"`
	Line   int          `json:"line,omitempty"`
	Plugin string       `json:"plugin,omitempty"` // whose default it is
}

// Show shows the active environment: every variable, its value, and which
// layer that is from.
func Show(ctx context.Context, w *app.Run, o ShowOptions) error {
	failed := func(text string, code int) any {
		return showDocument{Version: 1, Variables: []shownVariable{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
			doc, err := showOne(ctx, d, o.Reveal)
			if err != nil {
				return err
			}
			if o.Reveal {
				if err := mayReveal(ctx, d); err != nil {
					return err
				}
			}
			if o.JSON {
				return report.Document(w.Out, doc)
			}
			return doc.table(w)
		})
	})
}

// mayReveal asks somebody who sits there; nothing else counts as a yes.
func mayReveal(ctx context.Context, d *load.EnvContext) error {
	if !d.Run.InTerminal {
		return failure.New(failure.Refused, "secrets are shown only to somebody at a terminal, who is asked first").
			WithHint("leave out -reveal; a program gets a secret by: mage env:export -only=NAME")
	}
	return d.Run.Confirm(ctx, "Show all secrets in plain text", false)
}

func showOne(ctx context.Context, d *load.EnvContext, reveal bool) (showDocument, error) {
	e, err := d.Current()
	if err != nil {
		return showDocument{}, err
	}
	p, err := d.Model(ctx, e)
	g := d.PluginsOf(ctx, e)
	g.WarnBroken(d.Run)
	var uses []project.Use
	if err != nil {
		d.Run.Tell("note: the defaults of Compose are left out: %s", err)
	} else {
		uses = g.Uses(p)
	}
	found, err := d.Resolve(e, p, uses)
	if err != nil {
		return showDocument{}, err
	}
	secrets, err := d.Secrets(ctx)
	if err != nil {
		return showDocument{}, err
	}
	doc := showDocument{Version: 1, Environment: e.Name, File: e.File, Revealed: reveal, Variables: []shownVariable{}}
	for _, name := range shownNames(found, uses) {
		doc.Variables = append(doc.Variables, shown(found.Explain(name), secrets, reveal))
	}
	return doc, nil
}

// shownNames are the variables of the files and those that Compose reads.
func shownNames(found dotenv.Resolution, uses []project.Use) []string {
	var names []string
	for _, v := range found.Variables {
		if !isSuspect(v) {
			names = append(names, v.Name)
		}
	}
	for _, u := range uses {
		names = append(names, u.Variable)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isSuspect: all that is said of the variable are names alone. Such a line may
// well be one of a secret that lacks its quotes.
func isSuspect(v dotenv.Resolved) bool {
	return !v.Winner.IsSet && !slices.ContainsFunc(v.Losers, func(s dotenv.Setting) bool { return !s.Bare })
}

// shownName is none where the name may be a line of a secret that lacks its
// quotes.
func shownName(v dotenv.Resolved, secrets environ.Secrets, reveal bool) string {
	if reveal {
		return v.Name
	}
	return secrets.Name(v.Name, v.Winner.Line)
}

func shown(v dotenv.Resolved, secrets environ.Secrets, reveal bool) shownVariable {
	s := shownVariable{Name: shownName(v, secrets, reveal), Set: v.Winner.IsSet, Layer: v.Winner.Layer, File: v.Winner.File, Line: v.Winner.Line, Plugin: v.Winner.Plugin}
	if !s.Set {
		s.Secret = secrets.IsSecret(v.Name)
		return s
	}
	value := v.Winner.Value.Reveal()
	s.Secret = load.IsHidden(secrets, v.Name, v.Winner)
	if s.Secret && value != "" && !reveal {
		value = secret.Mask
	}
	s.Value = &value
	return s
}

func (doc showDocument) table(w *app.Run) error {
	rows := make([][]report.Cell, 0, len(doc.Variables))
	for _, v := range doc.Variables {
		value := ""
		if v.Value != nil {
			value = *v.Value
		}
		rows = append(rows, []report.Cell{{Text: v.Name, Whole: true}, {Text: value}, {Text: v.from(), Whole: true}})
	}
	title := "environment " + doc.Environment
	switch {
	case doc.File == "":
		title = "no environment is active"
	case doc.Environment == "":
		title = doc.File + " is a file of your own"
	}
	if err := w.Say("%s\n\n", title); err != nil {
		return err
	}
	return report.Table(w.Out, w.Format(false).Tables, []string{"VARIABLE", "VALUE", "FROM"}, rows)
}

// from names the layer where the place does not.
func (v shownVariable) from() string {
	origin := dotenv.Origin{Layer: v.Layer, File: v.File, Line: v.Line, Plugin: v.Plugin}
	if v.Layer == dotenv.ComposeDefault {
		return "default in " + origin.String()
	}
	return origin.String()
}
