// Package build holds the build:* commands: the options of each, its run, and
// what it shows. Which builds there are and what is to be done about them is
// decided in internal/image.
package build

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// The targets that build: one the backend's Compose file, one all.
const (
	buildBackend = "build:backend"
	buildAll     = "build:all"
)

// Options are the flags of build:backend and build:all.
type Options struct {
	All       bool // every build section, of every profile, not the active ones of the backend alone
	Services  []string
	Platforms []string
	Push      string // a registry, with a path in it where there is one; a blank is one that is empty
	Force     bool
	Dry, JSON bool
	Up        bool // for a target that brings the stack up next, and tells what the model is warned of
}

// Build makes the images whose inputs have changed, each once.
func Build(ctx context.Context, w *app.Run, o Options) error {
	b := &Operation{Options: o, Began: w.Now()}
	failed := func(text string, code int) any { return b.errorDocument(w.Now(), text, code) }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		b.Format = w.Format(o.JSON)
		return w.Guard(ctx, func(ctx context.Context) error {
			if b.isUpToDate(ctx, w) {
				return nil
			}
			s, err := OpenBuilds(ctx, w, o.Dry)
			if err != nil {
				return err
			}
			defer s.Close()
			b.Session = s
			if !o.Up {
				s.WarnOfModel()
			}
			err = b.Do(ctx)
			if err != nil && !errors.Is(err, ErrInactive) { // nothing is brought up, which would tell it
				s.WarnOfModel()
			}
			return s.Explained(err)
		})
	})
}

// OpenBuilds opens the project with the backend's file and all profiles: what
// is built does not depend on what is up.
func OpenBuilds(ctx context.Context, w *app.Run, look bool) (*load.Session, error) {
	return load.Open(ctx, w, load.Options{Profiles: []string{"*"}, Backend: true, Environment: true, ReadOnly: look})
}

// withOperation opens the project for a target that makes nothing; errorDocument
// is for -json, where it fails.
func withOperation(ctx context.Context, w *app.Run, o Options, errorDocument func(project, text string, code int) any, do func(context.Context, *Operation) error) error {
	name := ""
	failed := func(text string, code int) any { return errorDocument(name, text, code) }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return w.Guard(ctx, func(ctx context.Context) error {
			s, err := OpenBuilds(ctx, w, true)
			if err != nil {
				return err
			}
			defer s.Close()
			name = s.Project.Name
			return s.Explained(do(ctx, &Operation{Session: s, Options: o, Began: w.Now(), Format: w.Format(o.JSON)}))
		})
	})
}

// Operation is one target at work that builds, or tells of builds.
type Operation struct {
	*load.Session
	Options  Options
	Format   app.Format
	Began    time.Time
	builder  docker.Builder
	all      []plan.Build // every build of the project: what others may be linked to
	Chosen   []plan.Build
	doubts   []string // arguments that may be secrets
	inputs   map[string]observe.BuildInputs
	Records  map[string]image.Record // of now
	State    image.State
	Verdicts []image.Verdict
	Made     Results
	host     string // what the engine runs, os/arch; "" before it was asked
	telling  bool   // nothing is made, so it need not be possible
	fresh    bool   // registries are asked again what base images are now
	multi    bool   // the engine keeps several platforms of an image, as far as that matters
	// What the model was read from, and the digest of that when it was read; ""
	// where it is not to be remembered.
	sourced bool
	files   []string
	digest  string

	// For is the platform of a service's image where that is another machine's: the
	// image gets no name of this machine's. nil builds for the engine.
	For func(service string) string
	// Remote names the engine that builds where it is a server's, as what was built
	// and sent there is not what was here; "" for the project's own.
	Remote string
}

// target is what the user typed.
func (b *Operation) target() string {
	if b.Options.All {
		return buildAll
	}
	return buildBackend
}

// Do looks, plans, executes and reports.
func (b *Operation) Do(ctx context.Context) error {
	if err := b.refuseFlags(); err != nil {
		return err
	}
	if err := b.Look(ctx); err != nil {
		return err
	}
	b.warnBases()
	p, err := b.Plan()
	if err != nil {
		return err
	}
	switch {
	case b.Options.Dry:
		return b.dry(p)
	case p.Empty():
		return b.unchanged()
	}
	unlock, waited, err := b.Lock(ctx, b.target(), time.Hour)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if err := b.Look(ctx); err != nil {
			return err
		}
		if p, err = b.Plan(); err != nil || p.Empty() {
			return ErrorOr(err, b.unchanged)
		}
	}
	return b.execute(ctx, p)
}

// ErrorOr is err where there is one, else what do ends with.
func ErrorOr(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

// Plan is what has to be done, after Look.
func (b *Operation) Plan() (plan.Plan, error) {
	return image.Plan(b.Project.Name, b.Verdicts, b.all, b.planOptions())
}

func (b *Operation) planOptions() image.Options {
	return image.Options{Force: b.Options.Force, Push: b.Options.Push, Keyed: b.For != nil, Multi: b.multi}
}

// Lock is one for the builds of a project, apart from that of its stack: a
// stack may go up and down while an image is built.
func (b *Operation) Lock(ctx context.Context, target string, patience time.Duration) (func(), bool, error) {
	return b.LockAs(ctx, "-build", target, patience)
}

// execute walks the plan and reports.
func (b *Operation) execute(ctx context.Context, p plan.Plan) error {
	r := &execute.Runner{Session: b.Session, Builds: b}
	result, _, err := execute.WalkPlan(ctx, b.Session, p, r, b.target()+" "+b.Project.Name, b.Format)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.finish(result)
}

// sections are the services whose images the target is about.
func (b *Operation) sections() ([]string, error) {
	buildable := image.Buildable(b.Project)
	if len(buildable) == 0 {
		return nil, failure.New(failure.Preflight, "no service has a build section").
			WithHint("add build: to a service of the Compose files")
	}
	if len(b.Options.Services) > 0 || b.Options.All {
		return firstOf(b.Options.Services, buildable), nil
	}
	if b.Project.BackendFile() == "" {
		return nil, failure.New(failure.Preflight, "there is no %s", b.Project.Short(b.Layout.Path(b.Layout.ComposeDir, "docker-compose.backend.yml"))).
			WithHint("mage build:all builds every build section: %s", Join(buildable))
	}
	own := common(b.Project.BackendServices(), buildable)
	if len(own) == 0 {
		return nil, failure.New(failure.Preflight, "no service of %s has a build section", b.Project.Short(b.Project.BackendFile())).
			WithHint("mage build:all builds every build section: %s", Join(buildable))
	}
	active := image.Active(b.Project, own)
	if len(active) == 0 {
		return nil, failure.New(failure.Preflight, "no service of %s with a build section is %w", b.Project.Short(b.Project.BackendFile()), ErrInactive).
			WithHint("mage build:backend -services=%s builds them all the same, and so does a profile of theirs in COMPOSE_PROFILES", strings.Join(own, ","))
	}
	return active, nil
}

// ErrInactive is about a backend of which nothing is built unless it is named, or
// a profile of it is active.
var ErrInactive = errors.New("in an active profile")

// dry shows what would be done.
func (b *Operation) dry(p plan.Plan) error {
	if b.Options.JSON {
		return report.Document(b.Run.Out, b.planDocument())
	}
	return execute.PrintPlan(b.Run, p)
}

// unchanged reports a run that found nothing to do.
func (b *Operation) unchanged() error {
	if b.Options.JSON {
		return b.document(report.BuildReport{OK: true, Builds: b.built(nil)})
	}
	text := b.place(b.Verdicts[0]) + " exists"
	if n := len(b.Verdicts); n > 1 {
		text = fmt.Sprintf("all %d images exist", n)
	}
	return b.Run.Say("%s, nothing to build (%s)\n", text, report.Took(b.Run.Now().Sub(b.Began)))
}
