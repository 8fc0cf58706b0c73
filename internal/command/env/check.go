package env

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/units"
)

// CheckOptions are the flags of env:check.
type CheckOptions struct {
	Env  string // the active environment when empty
	JSON bool
}

// Check says what is wrong with an environment; an error in it is a
// Preflight failure.
func Check(ctx context.Context, w *app.Run, o CheckOptions) error {
	name := o.Env
	failed := func(text string, code int) any {
		return checkDocument{Version: 1, Environment: name, Notes: []string{}, Findings: []finding.Finding{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) (err error) {
			if name, err = d.EnvironmentOrActive(o.Env); err != nil {
				return err
			}
			e, state, err := d.Read(name)
			if err != nil {
				return err
			}
			c, err := checkEnvironment(ctx, d, e, state)
			if err != nil {
				return err
			}
			c.annotate(w)
			if o.JSON {
				err = report.Document(w.Out, c.document(w.Spell))
			} else {
				err = c.show(w)
			}
			return errors.Join(err, c.err())
		})
	})
}

// checkResult is what a check of an environment found.
type checkResult struct {
	environment environ.Environment
	findings    []finding.Finding
	notes       []string // what could not be checked, and why
	carried     bool     // of a .env of the user's own, before there is a file of that name
}

// checkEnvironment looks at an environment in every way there is.
func checkEnvironment(ctx context.Context, d *load.EnvContext, e environ.Environment, state environ.Copy) (c *checkResult, err error) {
	c = &checkResult{environment: e, carried: isCarried(d, e)}
	in := envcheck.Input{Environment: e, TemplateFile: d.Layout.EnvDir + "/.env.example", Shell: d.Shell, Copy: state,
		Carried: c.carried}
	if in.Template, err = d.Template(); err != nil {
		return nil, err
	}
	if in.Others, err = d.All(); err != nil {
		return nil, err
	}
	in.Others = slices.DeleteFunc(in.Others, func(other environ.Environment) bool { return other.Name == e.Name })
	git, note := d.AskGit(ctx)
	c.note(note)
	if in.Files, err = envcheck.Files(d.Dirs, e.Name, git); err != nil {
		return nil, err
	}
	g := d.PluginsOf(ctx, e)
	in.Idle = idle(ctx, d, g)
	in.Template = in.Template.Declaring(g.Declared()...).Marking(g.SecretPrefixes([]environ.Environment{e})...)
	p, err := d.Model(ctx, e)
	if err == nil {
		in.Uses, in.Images, in.Passed = judged(d, e, p, g, in.Template), plugins.ImagesOf(p), d.PassesAll(e, p)
		in.Template = in.Template.Marking(slices.DeleteFunc(p.SecretVariables(), func(name string) bool {
			_, known := in.Template.Variable(name)
			return !known // which is a finding of its own
		})...)
		stacks(ctx, d, &in, p)
	}
	c.findings = envcheck.Check(in)
	c.plugins(ctx, d, g, environ.SecretsOf(in.Template, d.Shell, append(in.Others, e, environ.ShellSecrets(in.Template, d.Run.Environ))...))
	withoutTemplate(d, c)
	c.composeFiles(d)
	tryCompose(ctx, d, c, err)
	return c, ctx.Err()
}

// composeFiles are the files that COMPOSE_FILE should name: what a plain docker
// compose does not read makes it recreate what ours has started.
func (c *checkResult) composeFiles(d *load.EnvContext) {
	l, o := d.Options(c.environment)
	o.Backend = false // dev:up and infra:up differ by it, see docs/compose.md
	set, err := l.Reads(o)
	if err != nil || c.environment.Name == "" {
		return
	}
	f := finding.Finding{Severity: finding.Warning, Code: envcheck.CodeComposeFile, File: c.environment.File, Variable: "COMPOSE_FILE",
		Remedy: "mage env:set COMPOSE_FILE=" + set.Value() + " -env=" + c.environment.Name}
	if len(set.Own) > 0 {
		f.Message = "a plain docker compose does not read " + l.Short(set.Own[0]) + ": after it, and after ours, containers are recreated in turns"
		c.findings = append(c.findings, f)
	}
	if set.Ignored != "" {
		set.Files = append(set.Files, set.Ignored)
		f.Message = "COMPOSE_FILE, set by " + set.NamedBy + ", does not name " + l.Short(set.Ignored) + ": nobody reads it"
		f.Remedy = "mage env:set COMPOSE_FILE=" + set.Value() + " -env=" + c.environment.Name
		c.findings = append(c.findings, f)
	}
}

// isCarried: e is a .env of the user's own, under the name that it is to get.
func isCarried(d *load.EnvContext, e environ.Environment) bool {
	carried, ok, err := environ.Carried(d.Dirs, e.Name)
	return err == nil && ok && carried.File == e.File
}

// withoutTemplate leaves out what is not in a template that is not there.
func withoutTemplate(d *load.EnvContext, c *checkResult) {
	if _, err := os.Stat(d.Dirs.Template()); err == nil {
		return
	}
	c.note("there is no " + d.Layout.EnvDir + "/.env.example to check against: mage env:template writes it")
	c.findings = slices.DeleteFunc(c.findings, func(f finding.Finding) bool {
		return f.Code == envcheck.CodeUndeclared || f.Code == envcheck.CodeUnknown
	})
}

// tryCompose adds why Compose refuses the environment, unless that is said
// already. Without Compose files there is nothing to refuse.
func tryCompose(ctx context.Context, d *load.EnvContext, c *checkResult, unread error) {
	if finding.HasErrors(c.findings) && unread == nil {
		return
	}
	l, o := d.Options(c.environment)
	_, _, err := plugins.Project(ctx, d.Run, l, o)
	var f *failure.Error
	switch {
	case err == nil:
	case errors.Is(err, os.ErrNotExist) || !errors.As(err, &f):
		c.note("what Compose makes of it was not checked: " + err.Error())
	default:
		c.findings = append(c.findings, refusal(d, f))
	}
}

var placed = lazyregexp.New(`^(\S+?):(\d+): (.*)$`)

// refusal is a mistake in the Compose files as a finding.
func refusal(d *load.EnvContext, f *failure.Error) finding.Finding {
	found := finding.Finding{Severity: finding.Error, Code: "compose", Message: f.Message, Remedy: cmp.Or(f.Hint, "correct the Compose files")}
	if at := placed.FindStringSubmatch(f.Message); at != nil {
		found.File, found.Message = at[1], at[3]
		found.Line, _ = strconv.Atoi(at[2])
	}
	if file := d.Layout.Path(found.File); f.Hint == "" && d.Layout.IsFragment(file) { // which is generated
		found.Remedy = "mage plugin:info " + strings.TrimSuffix(filepath.Base(file), ".yml") + " shows the plugin's variables"
	}
	return found
}

func (c *checkResult) note(text string) {
	if text != "" {
		c.notes = append(c.notes, text)
	}
}

func (c *checkResult) count(severity finding.Severity) int {
	return finding.Count(c.findings, severity)
}

// err is nil unless there are errors.
func (c *checkResult) err() error {
	if !finding.HasErrors(c.findings) {
		return nil
	}
	f := failure.New(failure.Preflight, "%s in %s", units.Plural(c.count(finding.Error), "error"), c.environment.File)
	if c.carried {
		return f.WithHint("correct what is listed, then mage env:use %s", c.environment.Name)
	}
	return f.
		WithHint("correct what is listed, then mage env:check -env=%s", c.environment.Name)
}
