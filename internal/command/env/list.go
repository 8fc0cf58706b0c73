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

// listDocument is what env:list -json writes.
type listDocument struct {
	Version      int      `json:"version"`
	Environments []listed `json:"environments"`
	Error        string   `json:"error,omitempty"`
	ExitCode     int      `json:"exit_code,omitempty"`
}

// listed is one environment.
type listed struct {
	Name       string `json:"name"`
	Active     bool   `json:"active"`
	Complete   bool   `json:"complete"`
	Problem    string `json:"problem,omitempty"` // why it is not complete
	Engine     string `json:"engine,omitempty"`  // absent where the file cannot be read
	DeployedTo string `json:"deployed_to,omitempty"`

	state status.State // of the problem
}

// List shows all environments: which is active, whether anything is missing
// in it, the engine that it names and where it is deployed.
func List(ctx context.Context, w *app.Run, json bool) error {
	failed := func(text string, code int) any {
		return listDocument{Version: 1, Environments: []listed{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
			all, err := list(ctx, d)
			switch {
			case err != nil:
				return err
			case len(all) == 0:
				return failure.New(failure.Preflight, "no environments in %s", d.Layout.EnvDir).WithHint("mage env:local makes one of the template")
			case json:
				return report.Document(w.Out, listDocument{Version: 1, Environments: all})
			}
			return report.Table(w.Out, w.Format(false).Tables, []string{"ACTIVE", "ENVIRONMENT", "COMPLETE", "ENGINE", "DEPLOYED TO"}, listRows(all))
		})
	})
}

func listRows(all []listed) (rows [][]report.Cell) {
	for _, one := range all {
		mark := ""
		if one.Active {
			mark = "✔"
		}
		rows = append(rows, []report.Cell{{Text: mark, State: status.Ready}, {Text: one.Name, Whole: true},
			{Text: cmp.Or(one.Problem, "yes"), State: one.state}, {Text: one.Engine}, {Text: one.DeployedTo}})
	}
	return rows
}

func list(ctx context.Context, d *load.EnvContext) ([]listed, error) {
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
	all := []listed{}
	for _, one := range list {
		e := one.Environment
		entry := listed{Name: e.Name, Active: e.Name == active}
		if one.Err != nil {
			entry.Problem, entry.state = unreadable(one.Err)
			all = append(all, entry)
			continue
		}
		entry.Problem, entry.state = lacking(envcheck.Check(envcheck.Input{Environment: e, Template: template.Declaring(d.PluginsOf(ctx, e).Declared()...), Uses: uses}))
		entry.Complete = entry.Problem == ""
		entry.Engine, entry.DeployedTo = engineOf(e, secrets), secrets.Show("DEPLOY_HOST", e.DeployHost(nil))
		all = append(all, entry)
	}
	return all, nil
}

// unreadable is the fault of one environment, in one line of its own row.
func unreadable(err error) (string, status.State) {
	if errors.Is(err, load.ErrUnread) {
		return err.Error(), status.Starting
	}
	return "cannot be read: " + reasonOf(err), status.Failed
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

// lacking counts what is missing, "" for nothing; an error in it keeps the stack
// from starting.
func lacking(findings []finding.Finding) (string, status.State) {
	lacks, state := 0, status.Starting
	for _, f := range findings {
		switch f.Code {
		case envcheck.CodeMalformed:
			return "cannot be read", status.Failed
		case envcheck.CodeMissing, envcheck.CodeRequired:
			lacks++
			if f.Severity == finding.Error {
				state = status.Failed
			}
		}
	}
	if lacks == 0 {
		return "", status.Ready
	}
	return "lacks " + units.Plural(lacks, "variable"), state
}

// engineOf is what the file says of the engine.
func engineOf(e environ.Environment, secrets environ.Secrets) string {
	values := e.Values(nil)
	return cmp.Or(secrets.Show("DOCKER_HOST", values["DOCKER_HOST"]), values["DOCKER_CONTEXT"], "default")
}
