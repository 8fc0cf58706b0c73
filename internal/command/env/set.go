package env

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// Set gives a variable a value in the file of an environment, the active one
// when env is empty. The value follows in the assignment, NAME=VALUE, or comes
// by standard input; that of a secret only so.
func Set(ctx context.Context, w *app.Run, assignment, env string) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		name, err := d.EnvironmentOrActive(env)
		if err != nil {
			return err
		}
		if err := d.Writable(name); err != nil {
			return err
		}
		s := &setting{EnvContext: d}
		if err := s.prepare(ctx, name, assignment); err != nil {
			return err
		}
		changed, err := environ.Edit(ctx, d.Dirs, name, s.apply)
		if err != nil {
			return err
		}
		return s.tell(changed)
	})
}

// setting is one env:set at work.
type setting struct {
	*load.EnvContext
	environment    environ.Environment
	template       environ.Template
	secrets        environ.Secrets
	variable, text string
}

// prepare reads all that is needed, the value last.
func (s *setting) prepare(ctx context.Context, env, assignment string) (err error) {
	variable, value, given := strings.Cut(assignment, "=")
	s.variable, s.text = variable, value
	if s.environment, err = environ.ReadEnvironment(s.Dirs, env); err != nil {
		return err
	}
	if s.template, err = s.Template(); err != nil {
		return err
	}
	s.template = s.template.Declaring(s.PluginsOf(ctx, s.environment).Declared()...)
	if s.secrets, err = s.Secrets(ctx, s.environment); err != nil {
		return err
	}
	if given && variableName(variable) {
		return s.refuseSecret()
	}
	if !variableName(variable) {
		return failure.New(failure.Usage, "what to set is not NAME or NAME=VALUE").WithHint("mage env:set POSTGRES_PORT=5433")
	}
	s.text, err = s.Run.ReadValue(ctx, variable, s.secrets.IsSecret(variable))
	return err
}

func variableName(text string) bool { return text != "" && !strings.ContainsAny(text, " \t\r\n'\"$") }

// refuseSecret: what was an argument is in the list of processes and in the
// shell's history. An empty value is no secret.
func (s *setting) refuseSecret() error {
	if s.text == "" || !s.secrets.Hides(s.variable, s.text) {
		return nil
	}
	return failure.New(failure.Usage, "%s is a secret: its value must not be an argument, which others can read", s.variable).
		WithHint("mage env:set %s asks for it, or reads it from a pipe; what you typed is in the history of your shell now", s.variable)
}

// apply refuses a value that the template forbids before anything is written.
func (s *setting) apply(doc dotenv.Document) (dotenv.Document, error) {
	next, err := dotenv.Set(doc, s.variable, s.text)
	if err != nil {
		return next, err
	}
	after := s.environment
	after.Document = next
	for _, f := range envcheck.Check(envcheck.Input{Environment: after, Template: s.template, Shell: nil}) {
		if f.Variable == s.variable && f.Code == envcheck.CodeType {
			return next, failure.New(failure.Usage, "%s", f.Message).WithHint("%s", s.expected())
		}
	}
	return next, nil
}

// expected is what the template says of the variable.
func (s *setting) expected() string {
	v, _ := s.template.Variable(s.variable)
	if v.Line == 0 {
		return "mage env:explain " + s.variable + " shows the plugin that says what it may be"
	}
	return fmt.Sprintf("%s:%d says what it may be", s.Layout.EnvDir+"/.env.example", v.Line)
}

// tell says what is different now, and what may surprise.
func (s *setting) tell(changed bool) error {
	verb := "set"
	if !changed {
		verb = "already so"
	}
	if _, inShell := s.Shell(s.variable); inShell {
		s.Run.Tell("note: the shell sets %s as well, and wins", s.variable)
	}
	if _, known := s.template.Variable(s.variable); !known && s.variable != environ.EnabledPlugins && len(s.template.Variables) > 0 {
		s.Run.Tell("note: the template does not have %s%s", s.variable, s.meant())
	}
	s.NoteCopy(s.environment.Name)
	return s.Run.Say("%s is %s in %s\n", s.variable, verb, s.environment.File)
}

func (s *setting) meant() string {
	known := map[string]string{}
	for _, v := range s.template.Variables {
		known[strings.ToLower(v.Name)] = v.Name
	}
	if near := failure.Nearest(s.variable, slices.Sorted(maps.Keys(known))); near != "" {
		return "; did you mean " + known[near] + "?"
	}
	return ""
}
