package test

import (
	"context"
	"crypto/rand"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// EnvOptions are the flags of test:env.
type EnvOptions struct {
	Name   string
	Format string   // as env:export has it; "" is a table with secrets masked
	Only   []string // as env:export has it
	JSON   bool
}

// envDocument is what test:env -json writes.
type envDocument struct {
	Version   int             `json:"version"`
	Name      string          `json:"name"`
	Project   string          `json:"project"`
	File      string          `json:"file"`
	Variables []shownVariable `json:"variables"`
	Error     string          `json:"error,omitempty"`
	ExitCode  int             `json:"exit_code,omitempty"`
}

// shownVariable is one variable; the value of a secret is masked.
type shownVariable struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Secret bool   `json:"secret"`
}

// Env shows the variables of a stack, which stays for as long again.
func Env(ctx context.Context, w *app.Run, o EnvOptions) error {
	failed := func(text string, code int) any {
		return envDocument{Version: 1, Variables: []shownVariable{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error { return env(ctx, d, o) })
	})
}

func env(ctx context.Context, d *load.EnvContext, o EnvOptions) error {
	format, err := environ.ParseFormat(o.Format)
	if err != nil {
		return err
	}
	if slices.Contains(o.Only, "") {
		return project.EmptyFlag("-only", "mage test:env lists the variables")
	}
	p, err := existing(ctx, d.Run, o.Name)
	if err != nil {
		return err
	}
	values, err := readVariables(p)
	if err != nil {
		return err
	}
	r, _ := p.Read()
	if err := renew(ctx, d.Run, p, r.Keep); err != nil {
		return err
	}
	if i := slices.IndexFunc(o.Only, func(name string) bool { return slices.Contains(r.Withheld, name) }); i >= 0 {
		return failure.New(failure.Usage, "the stack %s has no variable %s: it leads to a service that the stack has not got", p.Name, o.Only[i]).
			WithHint("mage test:up -name=%s brings up all services", p.Name)
	}
	secrets, err := d.Secrets(ctx)
	if err != nil {
		return err
	}
	if o.Format != "" || len(o.Only) > 0 {
		text, err := environ.Export(environ.ExportOptions{Values: values, Secrets: secrets, Format: format, Only: o.Only, Delimiter: "END_" + rand.Text(), List: "mage test:env -name=" + p.Name})
		if err != nil {
			return err
		}
		if format == environ.FormatShell && len(r.Withheld) > 0 { // the shell may have those of the stack that somebody works with
			text += "unset " + strings.Join(r.Withheld, " ") + "\n"
		}
		_, err = io.WriteString(d.Run.Out, text)
		return err
	}
	doc := envDocument{Version: 1, Name: p.Name, Project: r.Project, File: p.Layout.Short(p.EnvFile()), Variables: []shownVariable{}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		doc.Variables = append(doc.Variables, shown(secrets, name, values[name]))
	}
	if o.JSON {
		return report.Document(d.Run.Out, doc)
	}
	return doc.table(d.Run)
}

func shown(secrets environ.Secrets, name, value string) shownVariable {
	v := shownVariable{Name: secrets.Name(name, 0), Value: value, Secret: secrets.Hides(name, value)}
	if v.Secret && value != "" {
		v.Value = secret.Mask
	}
	return v
}

// readVariables are those of the file that Start has written.
func readVariables(p sandbox.Place) (map[string]string, error) {
	text, err := os.ReadFile(p.EnvFile())
	if err != nil {
		return nil, failure.New(failure.Preflight, "the stack %s has no variables yet: %w", p.Name, err).WithHint("mage test:up -name=%s", p.Name)
	}
	found, err := dotenv.Resolve(dotenv.ResolveOptions{Files: []dotenv.File{{Path: p.Layout.Short(p.EnvFile()), Text: secret.New(string(text))}}})
	if err != nil {
		return nil, err
	}
	return found.Reveal(), nil
}

func (doc envDocument) table(w *app.Run) error {
	rows := make([][]report.Cell, 0, len(doc.Variables))
	for _, v := range doc.Variables {
		rows = append(rows, []report.Cell{{Text: v.Name, Whole: true}, {Text: v.Value}})
	}
	if err := w.Say("stack %s, %s; secrets are in %s\n\n", doc.Name, doc.Project, doc.File); err != nil {
		return err
	}
	return report.Table(w.Out, w.Format(false).Tables, []string{"VARIABLE", "VALUE"}, rows)
}
