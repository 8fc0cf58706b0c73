// Package infra holds the infra:* commands: the options of each, its run, and
// what it shows. A command composes load, the planners, execute and report; it
// decides nothing itself.
package infra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
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
	Timeout  time.Duration // of the whole run; 0 means DefaultTimeout
	Dry      bool
	JSON     bool
	Recreate bool            // infra:recreate
	Backend  bool            // the application's own services too
	Built    []string        // services whose images have just been made
	Adopt    bool            // take over what another checkout has made
	Target   string          // what to call it in locks and reports
	Call     string          // what is typed to go on, but for -services and -profile; "" means Target
	Down     string          // what removes it again; "" means infra:down
	Remote   bool            // of a server's release, which no infra:* command is about
	Snapshot *infra.Snapshot // that a stack which is not there yet begins with; may be nil
	Fills    execute.Filler  // copies it
}

// call is what is typed to go on with this run, or to do it again.
func (o UpOptions) call() string {
	call := withServices(cmp.Or(o.Call, o.Target), o.Services)
	if len(o.Profiles) > 0 {
		call += " -profile=" + strings.Join(o.Profiles, ",")
	}
	return call
}

// withServices is a call of a target for services, as it is typed again.
func withServices(target string, services []string) string {
	if len(services) == 0 {
		return target
	}
	return target + " -services=" + strings.Join(services, ",")
}

// Up brings the stack to ready; it does nothing when nothing changed.
func Up(ctx context.Context, w *app.Run, o UpOptions) error {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Target == "" {
		o.Target = "infra:up"
	}
	u := &UpRun{Options: o, Began: w.Now()}
	return w.OneDocument(o.JSON, u.errorDocument, func(w *app.Run) error {
		u.Run, u.Format = w, w.Format(o.JSON)
		return w.Guard(ctx, u.open)
	})
}

// open reads the project and goes on from there.
func (u *UpRun) open(ctx context.Context) error {
	o := u.Options
	if o.Timeout < 0 {
		return failure.New(failure.Usage, "-timeout=%s is before the beginning", o.Timeout).WithHint("-timeout=5m")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, errTimeout)
	defer cancel()
	s, err := load.Open(ctx, u.Run, load.Options{Services: o.Services, Profiles: o.Profiles, Environment: true, ReadOnly: o.Dry, Backend: o.Backend,
		Running: o.Target != "infra:up"})
	if err != nil {
		return err
	}
	defer s.Close()
	u.Session = s
	return u.timedOut(ctx, s.Explained(u.Do(ctx)))
}

// timedOut is err, or that the time-out passed before anything was begun.
func (u *UpRun) timedOut(ctx context.Context, err error) error {
	var told *failure.Error
	if err == nil || u.begun || !errors.Is(context.Cause(ctx), errTimeout) || errors.As(err, &told) && told.Code != failure.Preflight {
		return err
	}
	f := failure.New(failure.Preflight, "nothing was begun within %s", report.Took(u.Options.Timeout)).
		WithHint("mage %s again; -timeout gives it longer", u.Options.call())
	f.Cause = err
	if silent := u.Client.Silent(); silent > time.Second {
		return f.WithDetails(fmt.Sprintf("the Docker engine at %s has not answered for %s", u.Client.Endpoint.Host, report.Took(silent)))
	}
	return f
}

// UpRun is one infra:up at work.
type UpRun struct {
	*load.Session
	Run     *app.Run
	Options UpOptions
	Format  app.Format
	Began   time.Time
	digests project.Digests
	state   observe.State
	before  observe.State     // as it was found, with what others have made
	altered bool              // see infra.Changed
	begun   bool              // a plan is carried out
	taken   map[string]string // see infra.UpOptions
	runner  *execute.Runner   // of the plan that is carried out
}

// Changed reports whether the run has changed anything.
func (u *UpRun) Changed() bool { return u.altered }

// Do brings the stack to ready; it does nothing when nothing changed.
func (u *UpRun) Do(ctx context.Context) error {
	var digests error
	var work conc.WaitGroup // while the engine answers
	work.Go(func() { u.digests, digests = u.Project.Digests() })
	err := u.NotDeployed(ctx, u.Options.Target)
	work.Wait()
	if err := cmp.Or(err, digests); err != nil {
		return err
	}
	if done, err := u.nothingToDo(ctx); done || err != nil {
		return err
	}
	if u.Options.Dry {
		return u.dry(ctx)
	}
	unlock, waited, err := u.Lock(ctx, u.Options.Target, u.Options.Timeout)
	if err != nil {
		return err
	}
	defer unlock()
	built, err := u.build(ctx)
	if err != nil {
		return err
	}
	if waited || built {
		if done, err := u.nothingToDo(ctx); done || err != nil {
			return err
		}
	}
	return u.converge(ctx)
}

// build has Compose build what it builds at every call, so that what is looked at next
// tells which containers are of an image from before.
func (u *UpRun) build(ctx context.Context) (bool, error) {
	p, services := infra.PlanBuild(u.Project, u.state, u.planOptions())
	if len(services) == 0 {
		return false, nil
	}
	u.Options.Built = append(slices.Clone(u.Options.Built), services...)
	u.begun = true
	return true, execute.WalkWith(ctx, u.Session, &execute.Runner{Session: u.Session, Call: u.Options.call()}, p, u.Options.Target+" (build)")
}

// nothingToDo takes one container list and compares.
func (u *UpRun) nothingToDo(ctx context.Context) (bool, error) {
	// A second network of one name keeps the next start from going well.
	duplicated := sync.OnceValue(func() bool {
		networks, err := u.Client.Networks(ctx, u.Project.Name)
		return err == nil && infra.Duplicated(u.Project, networks)
	})
	var work conc.WaitGroup
	if u.Client.Local() { // elsewhere a connection more costs more than to wait
		work.Go(func() { duplicated() })
	}
	defer work.Wait()
	if err := u.Take(ctx); err != nil {
		return false, err
	}
	if _, builds := infra.PlanBuild(u.Project, u.state, u.planOptions()); len(builds) > 0 {
		return false, nil
	}
	if !infra.UpToDate(u.Project, u.state, u.planOptions()) || duplicated() {
		return false, nil
	}
	u.WarnOfModel()
	if u.Options.Dry {
		return true, u.showPlan(plan.Plan{})
	}
	return true, u.unchanged(ctx)
}

func (u *UpRun) planOptions() infra.UpOptions {
	var recreate []string
	if u.Options.Recreate || len(u.taken) > 0 {
		if recreate = u.Options.Services; len(recreate) == 0 {
			recreate = u.Project.Services()
		}
	}
	return infra.UpOptions{Recreate: recreate, All: len(u.Options.Services) == 0 && len(u.Options.Profiles) == 0, Digests: u.digests, Taken: u.taken, Built: u.Options.Built, Snapshot: u.Options.Snapshot}
}

// plan looks at what costs more to know, checks what could be in the way, and
// plans.
func (u *UpRun) plan(ctx context.Context) (plan.Plan, error) {
	if err := u.Project.CheckImages(); err != nil {
		return plan.Plan{}, err
	}
	facts, err := u.look(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	if err := u.preflight(facts); err != nil {
		return plan.Plan{}, err
	}
	if err := u.majors(ctx); err != nil {
		return plan.Plan{}, err
	}
	if err := u.volumesFree(ctx); err != nil {
		return plan.Plan{}, err
	}
	if err := u.validate(ctx); err != nil {
		return plan.Plan{}, err
	}
	return infra.PlanUp(u.Project, u.state, u.planOptions())
}

func (u *UpRun) dry(ctx context.Context) error {
	all, services := infra.PlanBuild(u.Project, u.state, u.planOptions())
	u.Options.Built = append(slices.Clone(u.Options.Built), services...)
	p, err := u.plan(ctx)
	if err != nil {
		return err
	}
	for _, step := range p.Steps {
		all.Add(step)
	}
	return u.showPlan(all)
}

// showPlan prints the plan, or its document.
func (u *UpRun) showPlan(p plan.Plan) error {
	if !u.Options.JSON {
		return execute.PrintPlan(u.Run, p)
	}
	return report.Document(u.Run.Out, report.Plan{Version: 1, Project: u.Project.Name, Environment: u.Project.Env, Steps: report.PlanSteps(p)})
}

// reportVolumes names the volumes that outlive services which a run has removed.
// What the engine does not tell is not worth a failure.
func (u *UpRun) reportVolumes(ctx context.Context, p plan.Plan) {
	removed := slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Cause == infra.ServiceRemoved })
	if !removed {
		return
	}
	volumes, err := u.Client.Volumes(ctx, u.Project.Name)
	if err != nil {
		return
	}
	volumes = slices.DeleteFunc(volumes, u.Project.HasVolume)
	if len(volumes) > 0 {
		slices.Sort(volumes)
		u.Run.Tell("kept, with its data: %s (mage clean:volumes)", strings.Join(volumes, ", "))
	}
}
