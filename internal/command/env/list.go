package env

import (
	"cmp"
	"context"
	"errors"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/units"
)

// List shows all environments: which is active, whether anything is missing
// in it, the engine that it names and where it is deployed.
func List(ctx context.Context, w *app.Run) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		rows, err := list(ctx, d)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return failure.New(failure.Preflight, "no environments in %s", d.Layout.EnvDir).WithHint("mage env:local makes one of the template")
		}
		return report.Table(w.Out, w.Format(false).Tables, []string{"ACTIVE", "ENVIRONMENT", "COMPLETE", "ENGINE", "DEPLOYED TO"}, rows)
	})
}

func list(ctx context.Context, d *load.EnvContext) ([][]report.Cell, error) {
	list, err := d.Scan()
	if err != nil {
		return nil, err
	}
	active, _, err := environ.Active(d.Dirs)
	if err != nil {
		return nil, err
	}
	template, err := d.Template()
	if err != nil {
		return nil, err
	}
	secrets, _ := d.Secrets(ctx) // what is wrong with the active one is in its row
	var uses []environ.Usage
	if p, err := d.Model(ctx, environ.Environment{}); err == nil {
		uses = plugins.Usages(plugins.UsesOf(p))
	}
	var rows [][]report.Cell
	for _, one := range list {
		e, mark := one.Environment, ""
		if e.Name == active {
			mark = "✔"
		}
		if one.Err != nil {
			rows = append(rows, []report.Cell{{Text: mark, State: status.Ready}, {Text: e.Name, Whole: true}, unreadable(one.Err), {}, {}})
			continue
		}
		lacks := lacking(envcheck.Check(envcheck.Input{Environment: e, Template: template.Declaring(d.PluginsOf(ctx, e).Declared()...), Uses: uses}))
		rows = append(rows, []report.Cell{{Text: mark, State: status.Ready}, {Text: e.Name, Whole: true}, lacks,
			{Text: engineOf(e, secrets)}, {Text: secrets.Show("DEPLOY_HOST", e.DeployHost(nil))}})
	}
	return rows, nil
}

// unreadable is the fault of one environment, in one line of its own row.
func unreadable(err error) report.Cell {
	if errors.Is(err, load.ErrUnread) {
		return report.Cell{Text: err.Error(), State: status.Starting}
	}
	return report.Cell{Text: "cannot be read: " + reasonOf(err), State: status.Failed}
}

// reasonOf is the innermost of a chain of errors, as text.
func reasonOf(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// lacking counts what is missing; an error in it keeps the stack from starting.
func lacking(findings []finding.Finding) report.Cell {
	lacks, state := 0, status.Starting
	for _, f := range findings {
		switch f.Code {
		case envcheck.CodeMalformed:
			return report.Cell{Text: "cannot be read", State: status.Failed}
		case envcheck.CodeMissing, envcheck.CodeRequired:
			lacks++
			if f.Severity == finding.Error {
				state = status.Failed
			}
		}
	}
	if lacks == 0 {
		return report.Cell{Text: "yes", State: status.Ready}
	}
	return report.Cell{Text: "lacks " + units.Plural(lacks, "variable"), State: state}
}

// engineOf is what the file says of the engine.
func engineOf(e environ.Environment, secrets environ.Secrets) string {
	values := e.Values(nil)
	return cmp.Or(secrets.Show("DOCKER_HOST", values["DOCKER_HOST"]), values["DOCKER_CONTEXT"], "default")
}
