package workflow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/report"
)

// EnvCheckOptions are the flags of env:check.
type EnvCheckOptions struct {
	Env  string // the active environment when empty
	JSON bool
}

// EnvCheck says what is wrong with an environment; an error in it is a
// Preflight failure.
func (w *Workflow) EnvCheck(ctx context.Context, o EnvCheckOptions) error {
	return w.atDesk(ctx, func(ctx context.Context, d *desk) error {
		name, err := d.named(o.Env)
		if err != nil {
			return err
		}
		e, state, err := d.read(name)
		if err != nil {
			return err
		}
		c, err := d.check(ctx, e, state)
		if err != nil {
			return err
		}
		c.annotate(w)
		if o.JSON {
			err = report.Document(w.Out, c.document())
		} else {
			err = c.show(w)
		}
		return errors.Join(err, c.err())
	})
}

// checked is what a check of an environment found.
type checked struct {
	environment environ.Environment
	findings    []finding.Finding
	notes       []string // what could not be checked, and why
	carried     bool     // of a .env of the user's own, before there is a file of that name
}

// check looks at an environment in every way there is.
func (d *desk) check(ctx context.Context, e environ.Environment, state environ.Copy) (c *checked, err error) {
	c = &checked{environment: e, carried: d.isCarried(e)}
	in := envcheck.Input{Environment: e, TemplateFile: d.layout.EnvDir + "/.env.example", Shell: d.shell, Copy: state,
		Carried: c.carried}
	if in.Template, err = d.template(); err != nil {
		return nil, err
	}
	if in.Others, err = d.all(); err != nil {
		return nil, err
	}
	in.Others = slices.DeleteFunc(in.Others, func(other environ.Environment) bool { return other.Name == e.Name })
	git, note := d.git(ctx)
	c.note(note)
	if in.Files, err = envcheck.Files(d.dirs, e.Name, git); err != nil {
		return nil, err
	}
	g := d.enlist(ctx, e)
	in.Idle = d.idle(ctx, g)
	in.Template = in.Template.Declaring(g.declares()...).Marking(g.hiding([]environ.Environment{e})...)
	p, err := d.model(ctx, e)
	if err == nil {
		in.Uses, in.Images, in.Passed = d.judged(e, p, g, in.Template), imagesOf(p), d.passesAll(e, p)
		in.Template = in.Template.Marking(slices.DeleteFunc(p.SecretVariables(), func(name string) bool {
			_, known := in.Template.Variable(name)
			return !known // which is a finding of its own
		})...)
		d.stacks(ctx, &in, p)
	}
	c.findings = envcheck.Check(in)
	c.plugins(ctx, d, g, environ.SecretsOf(in.Template, d.shell, append(in.Others, e, d.shellSecrets(in.Template))...))
	d.withoutTemplate(c)
	d.tryCompose(ctx, c, err)
	return c, ctx.Err()
}

// isCarried: e is a .env of the user's own, under the name that it is to get.
func (d *desk) isCarried(e environ.Environment) bool {
	carried, ok, err := environ.Carried(d.dirs, e.Name)
	return err == nil && ok && carried.File == e.File
}

// withoutTemplate leaves out what is not in a template that is not there.
func (d *desk) withoutTemplate(c *checked) {
	if _, err := os.Stat(d.dirs.Template()); err == nil {
		return
	}
	c.note("there is no " + d.layout.EnvDir + "/.env.example to check against: mage env:template writes it")
	c.findings = slices.DeleteFunc(c.findings, func(f finding.Finding) bool {
		return f.Code == envcheck.CodeUndeclared || f.Code == envcheck.CodeUnknown
	})
}

// tryCompose adds why Compose refuses the environment, unless that is said
// already. Without Compose files there is nothing to refuse.
func (d *desk) tryCompose(ctx context.Context, c *checked, unread error) {
	if finding.HasErrors(c.findings) && unread == nil {
		return
	}
	l, o := d.options(c.environment)
	_, _, err := d.w.load(ctx, l, o)
	var f *failure.Error
	switch {
	case err == nil:
	case errors.Is(err, os.ErrNotExist) || !errors.As(err, &f):
		c.note("what Compose makes of it was not checked: " + err.Error())
	default:
		c.findings = append(c.findings, d.refusal(f))
	}
}

var placed = regexp.MustCompile(`^(\S+?):(\d+): (.*)$`)

// refusal is a mistake in the Compose files as a finding.
func (d *desk) refusal(f *failure.Error) finding.Finding {
	found := finding.Finding{Severity: finding.Error, Code: "compose", Message: f.Message, Remedy: first(f.Hint, "correct the Compose files")}
	if at := placed.FindStringSubmatch(f.Message); at != nil {
		found.File, found.Message = at[1], at[3]
		found.Line, _ = strconv.Atoi(at[2])
	}
	if file := d.layout.Path(found.File); f.Hint == "" && d.layout.IsFragment(file) { // which is generated
		found.Remedy = "mage plugin:info " + strings.TrimSuffix(filepath.Base(file), ".yml") + " shows the plugin's variables"
	}
	return found
}

func (c *checked) note(text string) {
	if text != "" {
		c.notes = append(c.notes, text)
	}
}

func (c *checked) count(severity finding.Severity) int { return finding.Count(c.findings, severity) }

// err is nil unless there are errors.
func (c *checked) err() error {
	if !finding.HasErrors(c.findings) {
		return nil
	}
	f := failure.New(failure.Preflight, "%s in %s", plural(c.count(finding.Error), "error"), c.environment.File)
	if c.carried {
		return f.WithHint("correct what is listed, then mage env:use %s", c.environment.Name)
	}
	return f.
		WithHint("correct what is listed, then mage env:check -env=%s", c.environment.Name)
}
