package workflow

import (
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

// EnvExportOptions are the flags of env:export.
type EnvExportOptions struct {
	Format string // dotenv when empty
	Prefix string
	Only   []string
}

// EnvExport writes variables for other programs. Secrets have to be named.
func (w *Workflow) EnvExport(ctx context.Context, o EnvExportOptions) error {
	return w.atDesk(ctx, func(ctx context.Context, d *desk) error {
		format, err := environ.ParseFormat(o.Format)
		if err != nil {
			return err
		}
		e, err := d.current()
		if err != nil {
			return err
		}
		found, err := d.resolve(e, nil, nil)
		if err != nil {
			return err
		}
		secrets, err := d.secrets(ctx)
		if err != nil {
			return err
		}
		if slices.Contains(o.Only, "") {
			return project.EmptyFlag("-only", "mage env:show lists the variables")
		}
		text, err := environ.Export(environ.ExportOptions{Values: exported(found, o), Secrets: secrets,
			Format: format, Prefix: o.Prefix, Only: o.Only, Delimiter: "END_" + rand.Text()})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w.Out, text)
		return err
	})
}

// exported are the variables of the environment, and of the shell's own those
// that were asked for.
func exported(found dotenv.Resolution, o EnvExportOptions) map[string]string {
	values, chosen := found.Reveal(), map[string]string{}
	for _, v := range found.Variables {
		if value, isSet := values[v.Name]; isSet {
			chosen[v.Name] = value
		}
	}
	for name, value := range values {
		if slices.Contains(o.Only, name) || o.Prefix != "" && strings.HasPrefix(name, o.Prefix) {
			chosen[name] = value
		}
	}
	return chosen
}
