package ci

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	images "github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/task"
	"github.com/infinitescribe/spellbook/internal/units"
)

// call is a task that is another command of ours.
func (s *steps) call(name, help string, do func(ctx context.Context, w *app.Run) error) task.Task {
	return task.Task{Name: name, Help: help, Steps: []task.Step{{Func: func(ctx context.Context, out io.Writer) error {
		return do(ctx, s.quiet(out))
	}}}}
}

// quiet is this run for a command that is one task of several: it writes lines, asks
// nothing, and leaves signals to the run as a whole.
func (s *steps) quiet(out io.Writer) *app.Run {
	w := *s.w.WithoutSignals()
	w.Out, w.Err, w.In = out, out, strings.NewReader("")
	w.InTerminal, w.OutTerminal, w.ErrTerminal = false, false, false
	w.Environ = append(slices.Clone(w.Environ), "GITHUB_ACTIONS=")
	return &w
}

// active is the environment's name, "" where none is.
func (s *steps) active() string {
	name, _, err := environ.Active(app.EnvDirs(s.layout))
	if err != nil {
		return ""
	}
	return name
}

func (s *steps) hasCompose() bool {
	if len(s.layout.Files) > 0 {
		return true
	}
	_, ok := composefiles.Base(s.layout.Path(s.layout.ComposeDir))
	return ok
}

func (s *steps) checks() {
	if s.active() != "" {
		s.add(s.call("check:env", "env:check", func(ctx context.Context, w *app.Run) error { return env.Check(ctx, w, env.CheckOptions{}) }))
	}
	if s.hasCompose() {
		s.add(s.call("check:compose", "the Compose files are read", s.checkModel))
	}
	if info, err := os.Stat(s.layout.Path("magefiles", "plugins")); err == nil && info.IsDir() {
		s.add(s.call("check:plugins", "plugin:sync -check", func(ctx context.Context, w *app.Run) error { return plugin.Sync(ctx, w, true) }))
	}
}

// model is the Compose model with all profiles. Without an environment, as in a fresh
// clone, what Compose requires has a stand-in; ready is false then.
func (s *steps) model(ctx context.Context, w *app.Run) (p *project.Project, ready bool, err error) {
	o := project.Options{Environ: w.Environ, Profiles: []string{"*"}, Backend: true}
	p, _, err = plugins.Project(ctx, w, s.layout, o)
	if err == nil || s.active() != "" {
		return p, err == nil, err
	}
	o.Lenient = true
	p, _, err = plugins.Project(ctx, w, s.layout, o)
	return p, false, err
}

func (s *steps) checkModel(ctx context.Context, w *app.Run) error {
	p, ready, err := s.model(ctx, w)
	if err != nil {
		return err
	}
	err = w.Say("%s: %s\n", units.Plural(len(p.Model.Services), "service"), strings.Join(p.Model.ServiceNames(), ", "))
	if ready {
		for _, warning := range p.Warnings {
			_ = w.Say("warning: %s\n", warning)
		}
	} else {
		err = w.Say("without an environment: variables that Compose requires have stand-ins, and no image is built (mage env:use NAME)\n")
	}
	return err
}

// images are built where services have something to build and their variables values.
func (s *steps) images(ctx context.Context) {
	if !s.hasCompose() {
		return
	}
	p, ready, err := s.model(ctx, s.quiet(io.Discard))
	if err != nil || !ready { // check:compose says so
		return
	}
	for _, name := range p.Model.ServiceNames() {
		if p.Model.Services[name].Build != nil {
			s.add(s.call("build:images", "build:all", func(ctx context.Context, w *app.Run) error {
				return images.Build(ctx, w, images.Options{All: true})
			}))
			return
		}
	}
}

const integrationTask = "integration:stack"

// reads says how what a task prints is read. The projects that integration tests are of lie
// in several directories: what they say is read where they are run.
func (s *steps) reads(t task.Task) outputs.Options {
	o := outputs.Options{Root: s.layout.Root, Dir: t.Dir, Modules: s.manifest.Modules, Members: s.members(t.Name)}
	if t.Name == integrationTask && s.tested != nil {
		o.Known = func() outputs.Result { return *s.tested }
	}
	return o
}

// integration runs the tests that the repository marks as such, against a stack that is
// theirs alone.
func (s *steps) integration() error {
	if !s.hasCompose() {
		return nil
	}
	there, err := test.Integrates(s.layout.Root, s.manifest)
	if there {
		s.add(s.call(integrationTask, "test:integration", func(ctx context.Context, w *app.Run) error {
			s.tested = &outputs.Result{}
			return test.Integration(ctx, w, test.IntegrationOptions{Found: &s.manifest, Results: func(r outputs.Result) {
				s.tested.Findings = append(s.tested.Findings, r.Findings...)
				s.tested.Tests = append(s.tested.Tests, r.Tests...)
			}})
		}))
	}
	return err
}

// plan adds the deployment's, of an environment that there is.
func (s *steps) plan(environment string) error {
	if environment == "" {
		return nil
	}
	if _, err := load.ForEnvironment(s.w, environment); err != nil {
		return err
	}
	s.add(s.call("plan:"+environment, "deploy:plan "+environment, func(ctx context.Context, w *app.Run) error {
		return deploy.Plan(ctx, w, deploy.PlanOptions{Env: environment})
	}))
	return nil
}
