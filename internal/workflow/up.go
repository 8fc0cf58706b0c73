package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
)

// DefaultTimeout is how long infra:up waits for everything to be ready.
const DefaultTimeout = 5 * time.Minute

var errTimeout = errors.New("timed out")

// UpOptions are the flags of infra:up.
type UpOptions struct {
	Services []string
	Profiles []string
	Timeout  time.Duration // 0 means DefaultTimeout
	Dry      bool
	JSON     bool
	Recreate bool   // infra:recreate
	Backend  bool   // the application's own services too
	Adopt    bool   // take over what another checkout has made
	Target   string // what to call it in locks and reports
}

// InfraUp brings the stack to ready; it does nothing when nothing changed.
func (w *Workflow) InfraUp(ctx context.Context, o UpOptions) error {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Target == "" {
		o.Target = "infra:up"
	}
	u := &up{w: w, o: o, began: w.Now(), format: w.format(o.JSON)}
	return u.refuse(w.guarded(ctx, func(ctx context.Context) error {
		if o.Timeout < 0 {
			return failure.New(failure.Usage, "-timeout=%s is before the beginning", o.Timeout).WithHint("-timeout=5m")
		}
		s, err := w.open(ctx, sessionOptions{services: o.Services, profiles: o.Profiles, environment: true, look: o.Dry, backend: o.Backend,
			running: o.Target != "infra:up"})
		if err != nil {
			return err
		}
		defer s.close()
		u.session = s
		return u.run(ctx)
	}))
}

// up is one infra:up at work.
type up struct {
	*session
	w       *Workflow
	o       UpOptions
	format  format
	began   time.Time
	digests project.Digests
	state   observe.State
	taken   map[string]string // see infra.UpOptions
	found   map[string]string // see runner.found
	shown   bool              // the JSON document is written
}

func (u *up) run(ctx context.Context) error {
	var err error
	if u.digests, err = u.project.Digests(); err != nil {
		return err
	}
	if done, err := u.nothingToDo(ctx); done || err != nil {
		return err
	}
	if u.o.Dry {
		return u.dry(ctx)
	}
	unlock, waited, err := u.lock(ctx, u.o.Target, u.o.Timeout)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if done, err := u.nothingToDo(ctx); done || err != nil {
			return err
		}
	}
	return u.converge(ctx)
}

// nothingToDo takes one container list and compares.
func (u *up) nothingToDo(ctx context.Context) (bool, error) {
	if err := u.take(ctx); err != nil {
		return false, err
	}
	if !infra.UpToDate(u.project, u.state, u.options()) {
		return false, nil
	}
	// A second network of one name keeps the next start from going well.
	if networks, err := u.client.Networks(ctx, u.project.Name); err == nil && infra.Duplicated(u.project, networks) {
		return false, nil
	}
	if u.o.Dry {
		return true, u.showPlan(plan.Plan{})
	}
	return true, u.unchanged()
}

func (u *up) options() infra.UpOptions {
	var recreate []string
	if u.o.Recreate || len(u.taken) > 0 {
		if recreate = u.o.Services; len(recreate) == 0 {
			recreate = u.project.Services()
		}
	}
	return infra.UpOptions{Recreate: recreate, All: len(u.o.Services) == 0 && len(u.o.Profiles) == 0, Digests: u.digests, Taken: u.taken}
}

// plan looks at what costs more to know, checks what could be in the way, and
// plans.
func (u *up) plan(ctx context.Context) (plan.Plan, error) {
	facts, err := u.look(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	if err := u.preflight(facts); err != nil {
		return plan.Plan{}, err
	}
	if err := u.volumesFree(ctx); err != nil {
		return plan.Plan{}, err
	}
	if err := u.validate(ctx); err != nil {
		return plan.Plan{}, err
	}
	return infra.PlanUp(u.project, u.state, u.options())
}

func (u *up) dry(ctx context.Context) error {
	p, err := u.plan(ctx)
	if err != nil {
		return err
	}
	return u.showPlan(p)
}

// showPlan prints the plan, or its document.
func (u *up) showPlan(p plan.Plan) error {
	if !u.o.JSON {
		return printPlan(u.w, p)
	}
	u.shown = true
	return report.Document(u.w.Out, report.Plan{Version: 1, Project: u.project.Name, Environment: u.project.Env, Steps: report.PlanSteps(p)})
}
