package env

import (
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
)

// ExportOptions are the flags of env:export.
type ExportOptions struct {
	Format string // dotenv when empty
	Prefix string
	Only   []string
}

// Export writes variables for other programs. Secrets have to be named.
func Export(ctx context.Context, w *app.Run, o ExportOptions) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		format, err := environ.ParseFormat(o.Format)
		if err != nil {
			return err
		}
		e, err := d.Current()
		if err != nil {
			return err
		}
		found, err := d.Resolve(e, nil, nil)
		if err != nil {
			return err
		}
		secrets, err := d.Secrets(ctx)
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
func exported(found dotenv.Resolution, o ExportOptions) map[string]string {
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
