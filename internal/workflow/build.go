package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// The targets that build: one the backend's Compose file, one all.
const (
	buildBackend = "build:backend"
	buildAll     = "build:all"
)

// BuildOptions are the flags of build:backend and build:all.
type BuildOptions struct {
	All       bool // every build section, not the backend's alone
	Services  []string
	Platforms []string
	Push      string // a registry, with a path in it where there is one; a blank is one that is empty
	Force     bool
	Dry, JSON bool
}

// Build makes the images whose inputs have changed, each once.
func (w *Workflow) Build(ctx context.Context, o BuildOptions) error {
	b := &building{o: o, began: w.Now(), format: w.format(o.JSON)}
	return b.refuse(w, w.guarded(ctx, func(ctx context.Context) error {
		if b.unasked(ctx, w) {
			return nil
		}
		s, err := w.openBuilds(ctx, o.Dry)
		if err != nil {
			return err
		}
		defer s.close()
		b.session = s
		return b.run(ctx)
	}))
}

// openBuilds opens the project with the backend's file and all profiles: what
// is built does not depend on what is up.
func (w *Workflow) openBuilds(ctx context.Context, look bool) (*session, error) {
	return w.open(ctx, sessionOptions{profiles: []string{"*"}, backend: true, environment: true, look: look})
}

// building is one target at work that builds, or tells of builds.
type building struct {
	*session
	o        BuildOptions
	format   format
	began    time.Time
	builder  docker.Builder
	all      []plan.Build // every build of the project: what others may be linked to
	chosen   []plan.Build
	inputs   map[string]observe.BuildInputs
	records  map[string]image.Record // of now
	state    image.State
	verdicts []image.Verdict
	made     bakings
	host     string // what the engine runs, os/arch; "" before it was asked
	telling  bool   // nothing is made, so it need not be possible
	fresh    bool   // registries are asked again what base images are now
	// What the model was read from, and the digest of that when it was read; ""
	// where it is not to be remembered.
	sourced bool
	files   []string
	digest  string
	shown   bool // the JSON document is written
}

// target is what the user typed.
func (b *building) target() string {
	if b.o.All {
		return buildAll
	}
	return buildBackend
}

func (b *building) run(ctx context.Context) error {
	if err := b.refuseFlags(); err != nil {
		return err
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	b.warnBases()
	p, err := b.plan()
	if err != nil {
		return err
	}
	switch {
	case b.o.Dry:
		return b.dry(p)
	case p.Empty():
		return b.unchanged()
	}
	unlock, waited, err := b.lock(ctx, b.target(), time.Hour)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if err := b.look(ctx); err != nil {
			return err
		}
		if p, err = b.plan(); err != nil || p.Empty() {
			return errorOr(err, b.unchanged)
		}
	}
	return b.execute(ctx, p)
}

func errorOr(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

func (b *building) plan() (plan.Plan, error) {
	return image.Plan(b.project.Name, b.verdicts, b.all, b.options())
}

func (b *building) options() image.Options {
	return image.Options{Force: b.o.Force, Push: b.o.Push}
}

// lock is one for the builds of a project, apart from that of its stack: a
// stack may go up and down while an image is built.
func (b *building) lock(ctx context.Context, target string, patience time.Duration) (func(), bool, error) {
	return b.lockAs(ctx, "-build", target, patience)
}

// execute walks the plan and reports.
func (b *building) execute(ctx context.Context, p plan.Plan) error {
	r := &runner{s: b.session, builds: b}
	result, _, err := b.executeWith(ctx, p, r, b.target()+" "+b.project.Name, b.format)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.finish(result)
}

// sections are the services whose images the target is about.
func (b *building) sections() ([]string, error) {
	buildable := image.Buildable(b.project)
	if len(buildable) == 0 {
		return nil, failure.New(failure.Preflight, "no service has a build section").
			WithHint("add build: to a service of the Compose files")
	}
	if len(b.o.Services) > 0 || b.o.All {
		return firstOf(b.o.Services, buildable), nil
	}
	if b.project.BackendFile() == "" {
		return nil, failure.New(failure.Preflight, "there is no %s", b.project.Short(b.layout.Path(b.layout.ComposeDir, "docker-compose.backend.yml"))).
			WithHint("mage build:all builds every build section: %s", join(buildable))
	}
	own := common(b.project.BackendServices(), buildable)
	if len(own) == 0 {
		return nil, failure.New(failure.Preflight, "no service of %s has a build section", b.project.Short(b.project.BackendFile())).
			WithHint("mage build:all builds every build section: %s", join(buildable))
	}
	return own, nil
}

// dry shows what would be done.
func (b *building) dry(p plan.Plan) error {
	if b.o.JSON {
		b.shown = true
		return report.Document(b.w.Out, b.planDocument())
	}
	return printPlan(b.w, p)
}

// unchanged reports a run that found nothing to do.
func (b *building) unchanged() error {
	if b.o.JSON {
		return b.document(report.BuildReport{OK: true, Builds: b.built(nil)})
	}
	text := b.place(b.verdicts[0]) + " exists"
	if n := len(b.verdicts); n > 1 {
		text = fmt.Sprintf("all %d images exist", n)
	}
	_, err := fmt.Fprintf(b.w.Out, "%s, nothing to build (%s)\n", text, report.Took(b.w.Now().Sub(b.began)))
	return err
}
