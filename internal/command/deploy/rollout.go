package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	infracommand "github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/server"
)

// rollout is a release on its way: by deploy:to a new one, by deploy:rollback one
// that the server keeps.
type rollout struct {
	*operation

	scope   deploy.Scope
	release deploy.Release
	from    deploy.Release // that serves; its zero value where none does
	roles   map[string]deploy.Role
	hooks   map[deploy.Hook][][]string
	on      deploy.Server
	sources []source
	builds  map[string]image.Verdict // by service, where nothing is built
	foreign string                   // the server's platform, where this machine's is another
	keys    map[string]string        // names of what was built for that, by service
	found   images
	routes  []deploy.Published
	// certificate is what the gateway is to show, redirect a port that leads to
	// redirectTo; nil without TLS.
	certificate *deploy.Certificate
	redirect    *deploy.Published
	redirectTo  int

	app    bool         // the application is another release
	model  []byte       // of the application, as Compose reads it
	starts []byte       // what of model is started; nil is all
	stack  []byte       // of the infrastructure
	infra  deploy.Model // what stack says
	wanted deploy.Model // the infrastructure as the Compose files have it, whatever the scope
	notes  []string     // what the plan says besides

	proxy, before proxy
	gateway       gateway.Runtime
	switched      bool              // the gateway was told
	stopped       []string          // containers of the one before that were stopped for the release's
	unkept        []string          // why a log is not kept, see KeepLogs
	inputs        map[string][]byte // of lines that the server's shell runs
	dumped        []string          // what databases were dumped to, on the server
	// passwords are those that databases have by now, and their containers not yet.
	passwords map[string]secret.String
	again     func(context.Context) error // starts what ran before by hand; nil without
}

// readyTimeout is how long a release may take to be ready.
const readyTimeout = 5 * time.Minute

// SendFiles is part of execute's deployer.
func (r *rollout) SendFiles(_ context.Context, paths []string) error {
	for _, src := range r.sources {
		if slices.Contains(paths, src.Path) {
			if err := r.Store.Upload(src.Source); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteRelease is part of execute's deployer.
func (r *rollout) WriteRelease(ctx context.Context) error {
	variables, err := r.variables()
	if err != nil {
		return err
	}
	return r.Store.Save(ctx, r.release, map[string][]byte{"app.yml": r.model, "infra.yml": r.stack, server.VariablesFile: variables})
}

// WriteGateway is part of execute's deployer.
func (r *rollout) WriteGateway(ctx context.Context) error {
	if err := r.Store.MakeDir(gatewayRun); err != nil {
		return err
	}
	return r.writeProxy(ctx, r.proxy)
}

// Forget is part of execute's deployer.
func (r *rollout) Forget(_ context.Context, release string) error {
	if err := r.Store.RemoveLogs(release); err != nil {
		return err
	}
	return r.Store.RemoveRelease(release)
}

// walk carries out steps that are about no service of a project at hand. Its error
// is that of the first that failed.
func (r *rollout) walk(ctx context.Context, s *load.Session, p plan.Plan, what string) error {
	if p.Empty() {
		return nil
	}
	result, _, err := execute.WalkPlan(ctx, s, p, &execute.Runner{Session: s, Deploys: r, Dumps: r}, r.Title(what), r.Run.Format(false))
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		return failure.New(sig.Code(), "%s", sig.Error()).WithHint("mage %s goes on from here", r.Target)
	}
	if err := result.Err(); err != nil {
		return err
	}
	return context.Cause(ctx) // as where the lock is lost
}

// started is the model of what of the release is started at all.
func (r *rollout) started() []byte {
	if r.starts != nil {
		return r.starts
	}
	return r.model
}

// start brings the application of the release to ready, beside the one that
// serves. Nothing of it is started again before it serves.
func (r *rollout) start(ctx context.Context) error {
	model, err := deploy.BesideOthers(r.started(), r.release)
	if err != nil {
		return err
	}
	return r.startModel(ctx, model, true)
}

// startModel brings services of the release to ready; all says that they are those
// which it begins with.
func (r *rollout) startModel(ctx context.Context, model []byte, all bool) error {
	s, err := r.OnServer(ctx, "app.yml", model)
	if err != nil {
		return err
	}
	if err := r.walk(ctx, s, r.createPlan(s), "create"); err != nil {
		return err
	}
	return r.bring(ctx, s, infra.UpOptions{All: all})
}

// createPlan makes the containers, which nothing starts again.
func (r *rollout) createPlan(s *load.Session) plan.Plan {
	p := plan.Plan{Project: s.Project.Name}
	p.Add(plan.Step{ID: "create containers", Cause: "release " + r.release.ID, Action: plan.Compose{Argv: []string{"create", "--no-recreate"}}})
	p.Add(plan.Step{ID: "hold restarts", After: []plan.Edge{plan.Needs("create containers")}, Cause: "until it serves",
		Action: plan.SetRestart{Policies: ofContainers(s, func(string) string { return "no" })}})
	p.Add(plan.Step{ID: "join networks", After: []plan.Edge{plan.Needs("create containers")}, Cause: "of the infrastructure",
		Action: plan.JoinNetworks{Networks: ofContainers(s, func(service string) []string { return r.release.Services[service].Networks })}})
	return p
}

// ofContainers is something that containers have by their service.
func ofContainers[T any](s *load.Session, of func(service string) T) map[string]T {
	all := map[string]T{}
	for _, name := range s.Project.Services() {
		for n := 1; n <= s.Project.Replicas(name); n++ {
			all[s.Project.ContainerName(name, n)] = of(name)
		}
	}
	return all
}

// converge brings a project of the server to ready; remake are the services whose
// containers are made anew.
func (r *rollout) converge(ctx context.Context, s *load.Session, remake []string) error {
	return r.bring(ctx, s, infra.UpOptions{Recreate: remake, Alone: true, All: r.scope.Services == nil})
}

func (r *rollout) bring(ctx context.Context, s *load.Session, o infra.UpOptions) error {
	state, err := s.Observe(ctx)
	if err != nil {
		return err
	}
	digests, err := s.Project.Digests()
	if err != nil {
		return err
	}
	state.Last = asRecorded(state, digests)
	o.Digests = digests
	p, err := infra.PlanUp(s.Project, state, o)
	if err != nil {
		return err
	}
	u := &infracommand.UpRun{Session: s, Run: r.Run, Format: r.Run.Format(false), Began: r.Run.Now(),
		Options: infracommand.UpOptions{Timeout: readyTimeout, Target: r.Target, Remote: true}}
	return u.Walk(ctx, p, digests)
}

// asRecorded is a record that says of every container that it is of this model:
// which are not is told by their labels.
func asRecorded(state observe.State, digests project.Digests) observe.Record {
	last := state.Last
	last.Digests, last.Hashes = digests, map[string]string{}
	for name, have := range state.Containers {
		last.Hashes[name] = have[0].ConfigHash
	}
	return last
}

// undo removes what failed, with the release before serving. Its error is that of
// the release; what undoing itself meets is told beside it.
func (r *rollout) undo(ctx context.Context, failed error) error {
	ctx, cancel := app.Detached(ctx, time.Minute)
	defer cancel()
	err := r.back(ctx)
	if err == nil {
		err = r.remove(ctx, r.release.ID)
	}
	if err == nil {
		err = r.startAgain(ctx)
	}
	if err == nil && r.again != nil {
		err = r.again(ctx)
	}
	if err == nil && r.app { // one that is rolled back to is kept
		err = r.forget(ctx, r.release)
	}
	f := rolledBack(failed)
	serving := "nothing serves"
	if r.from.ID != "" {
		serving = "release " + r.from.ID + " serves, as before"
	} else if r.again != nil {
		serving = "what ran by hand serves, as before"
	}
	f = f.WithDetails(append([]string{serving}, r.whereLogs()...)...)
	for _, path := range r.dumped {
		f = f.WithDetails(fmt.Sprintf("the database as it was before: %s on %s", path, r.Settings.Host))
	}
	if err != nil {
		return f.WithDetails(fmt.Sprintf("and the new release could not be removed: %v", err))
	}
	return f
}

// forget takes a release that never served off the server, with the names of its
// images.
func (r *rollout) forget(ctx context.Context, release deploy.Release) error {
	for _, s := range release.Services {
		if err := r.Engine.Untag(ctx, s.Image); err != nil {
			return err
		}
	}
	return r.Store.RemoveRelease(release.ID)
}

// forgetUnserved forgets what runs that were cut short have written and never
// started, or never switched to.
func (r *rollout) forgetUnserved(ctx context.Context) error {
	for _, one := range r.Seen.Unserved {
		if one.ID == r.release.ID {
			continue
		}
		if err := r.forget(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// rolledBack is the error of a release that does not serve: exit code 7 for what
// is the release's fault, else that of the failure, as where the connection broke
// or the user stopped it.
func rolledBack(failed error) *failure.Error {
	var f *failure.Error
	if !errors.As(failed, &f) {
		return failure.New(failure.CodeOf(failed), "%w", failed)
	}
	again := *f
	again.Details = slices.Clone(f.Details)
	switch f.Code {
	case failure.NotReady:
		again.Code, again.Hint = failure.RolledBack, "correct it and deploy again"
	case failure.Interrupted, failure.Terminated, failure.HungUp:
		again.Details = nil // what was running then is removed since
	}
	return &again
}

// remove takes the containers of a release away, after a signal and their grace,
// and its network.
func (r *rollout) remove(ctx context.Context, release string) error {
	if err := r.LookForContainers(ctx); err != nil {
		return err
	}
	p := plan.Plan{Project: deploy.ProjectName(r.Settings.Name, release)}
	var names []string
	for _, c := range r.Seen.Containers[release] {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	var after []plan.Edge
	if len(names) > 0 {
		p.Add(plan.Step{ID: "stop release", Cause: "it serves no more", Action: plan.StopContainers{Names: names}})
		p.Add(plan.Step{ID: "keep logs", After: []plan.Edge{plan.Needs("stop release")}, Cause: "its containers go", Action: plan.KeepLogs{Release: release}})
		p.Add(plan.Step{ID: "remove release", After: []plan.Edge{plan.Needs("keep logs")}, Action: plan.RemoveContainers{Names: names}})
		after = []plan.Edge{plan.Needs("remove release")}
	}
	networks, err := r.Engine.Networks(ctx, p.Project)
	if err != nil {
		return err
	}
	for _, n := range networks {
		p.Add(plan.Step{ID: plan.ID("remove network " + n.Name), After: after, Action: plan.RemoveNetwork{ID: n.ID, Name: n.Name}})
	}
	if err := r.walk(ctx, r.atServer(), p, "release "+release); err != nil {
		return err
	}
	return r.tidyLogs()
}

// atServer is the session for steps that are about the server's engine.
func (r *rollout) atServer() *load.Session {
	s := *r.Session
	s.Client = r.Engine
	return &s
}

// restarts gives the containers of the release, which serves, the restart
// policies that its files say.
func (r *rollout) restarts(ctx context.Context) error {
	if err := r.LookForContainers(ctx); err != nil {
		return err
	}
	for _, c := range r.Seen.Containers[r.release.ID] {
		service := r.release.Services[c.Labels[deploy.LabelService]]
		if err := r.Engine.SetRestart(ctx, c.Name, service.Restart); err != nil {
			return err
		}
	}
	return nil
}

// others are the releases that have containers and are neither this one nor that
// which serves: what a run that was cut short has left.
func (r *rollout) others() []string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(r.Seen.Containers)) {
		if id != "" && id != r.release.ID && id != r.Seen.Current.ID {
			list = append(list, id)
		}
	}
	return list
}
