// Package infra plans what is done to a stack on an engine: pure functions
// from (Project, State, Options) to a Plan. It imports plan, project and
// observe's values, and has no side effect.
package infra

import (
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// ServiceRemoved is the cause of the removal of a service that the files no
// longer have.
const ServiceRemoved = "service removed"

// UpOptions are the choices of infra:up.
type UpOptions struct {
	Recreate []string // make new containers of these services
	// Alone leaves what these depend on as it is: on a server our own label says
	// what has changed, and not Compose's hash of it.
	Alone bool
	All   bool // no selection: containers of removed services go
	// Taken are services that are recreated because they are taken over from
	// another checkout, and where that is, in words.
	Taken   map[string]string
	Built   []string // services whose images have just been made
	Digests project.Digests
	// Snapshot is what a stack begins with that is not there yet, or has just kept; nil for others.
	Snapshot *Snapshot
}

// PlanUp plans the way from s to every enabled service of p ready. The plan is
// empty when nothing is to be done.
func PlanUp(p *project.Project, s observe.State, o UpOptions) (plan.Plan, error) {
	if err := readinessKnown(p); err != nil {
		return plan.Plan{}, err
	}
	u := newUp(p, s, o)
	u.pulls()
	u.orphans()
	u.recreates()
	u.dead()
	u.duplicates()
	u.stops()
	u.unpauses()
	u.lets()
	u.creates()
	u.fills()
	u.preUp()
	for _, name := range ordered(p) {
		u.service(name)
	}
	u.postReady()
	u.record()
	return u.plan, u.plan.Validate()
}

// UpToDate reports whether the state is what the digests ask for: same model,
// no image moved, everything ready. It needs no more than a container list.
func UpToDate(p *project.Project, s observe.State, o UpOptions) bool {
	u := &up{p: p, s: s, o: o}
	if len(o.Recreate) > 0 || len(u.recreations()) > 0 || !u.recorded() || Duplicated(p, s.Networks) || (o.All && len(orphans(p, s)) > 0) {
		return false
	}
	for _, name := range p.Services() {
		if provided(p, name) || causeOf(p, s, o, name) != "" || !u.settled(name, u.completes(name)) {
			return false
		}
	}
	return true
}

// up is a plan in the making.
type up struct {
	p       *project.Project
	s       observe.State
	o       UpOptions
	plan    plan.Plan
	causes  map[string]string // why a service is created or recreated; absent if it is not
	begins  map[string]string // why a service is started
	pulled  []plan.Edge       // what must have succeeded before anything is touched
	before  []plan.Edge       // what must have ended before containers are created
	create  plan.ID
	ready   map[string]plan.ID // the last step of each service that has any
	starts  map[string]plan.ID
	pointed map[string][]project.Dependency // see dependents
	hooks   map[string][]plan.ID            // of each plugin, in the order of their phases
	cut     []recreation
	renamed map[string][]plan.Edge // what of these a service waits for
}

func newUp(p *project.Project, s observe.State, o UpOptions) *up {
	u := &up{p: p, s: s, o: o, plan: plan.Plan{Project: p.Name}, causes: map[string]string{}, begins: map[string]string{},
		ready: map[string]plan.ID{}, starts: map[string]plan.ID{}, renamed: map[string][]plan.Edge{}}
	u.cut = u.recreations()
	u.s = completedBy(u.cut, s)
	s = u.s
	for _, name := range p.Services() {
		if cause := causeOf(p, s, o, name); cause != "" {
			u.causes[name] = cause
		}
	}
	u.answered()
	u.unspared()
	u.sharers()
	u.begin()
	if u.stranded() {
		u.unspared()
		u.sharers()
		u.begin()
	}
	return u
}

func (u *up) begin() {
	for _, name := range ordered(u.p) {
		if cause := u.beginCause(name); cause != "" {
			u.begins[name] = cause
		}
	}
}

// sharers are made anew by Compose with the service that they share with.
func (u *up) sharers() {
	for _, name := range ordered(u.p) {
		if u.causes[name] == "" && len(u.s.Containers[name]) > 0 && u.p.Replicas(name) > 0 && u.ownerRemade(name) {
			u.causes[name] = "shares with what is new"
		}
	}
}

// pulls adds a step for each image that is missing and that no service builds. What is
// stopped or removed comes after: an image that is not to be had costs nothing.
func (u *up) pulls() {
	images := map[string]string{}
	for _, name := range u.p.Services() {
		svc := u.p.Model.Services[name]
		if u.s.Missing[svc.Image] && !u.p.Builds(svc.Image) && images[svc.Image] == "" {
			images[svc.Image] = name
		}
	}
	for _, image := range slices.Sorted(maps.Keys(images)) {
		id := plan.ID("pull image " + image)
		u.plan.Add(plan.Step{ID: id, Service: images[image], Cause: "not present",
			Action: plan.PullImage{Image: image, Service: images[image]}})
		u.pulled = append(u.pulled, plan.Needs(id))
	}
	u.before = slices.Clone(u.pulled)
}

// orphans removes containers whose service the files no longer have.
func (u *up) orphans() {
	if !u.o.All {
		return
	}
	for _, c := range orphans(u.p, u.s) {
		id := plan.ID("remove container " + c.Name)
		u.plan.Add(plan.Step{ID: id, Service: c.Service, Cause: ServiceRemoved, After: u.pulled,
			Action: plan.RemoveContainers{Names: []string{c.Name}}})
		u.before = append(u.before, plan.Needs(id))
	}
}

// stops ends running services that ask to be restarted with what they depend
// on (restart: true) before that is recreated.
func (u *up) stops() {
	for _, name := range u.p.Services() {
		if !u.stopped(name) {
			continue
		}
		id := plan.ID("stop service " + name)
		u.plan.Add(plan.Step{ID: id, Service: name, Cause: u.begins[name], After: u.pulled,
			Action: stops(u.p, name, names(u.s.Containers[name]))})
		u.before = append(u.before, plan.Needs(id))
	}
}

// stopped: this plan stops the service's containers, and keeps them.
func (u *up) stopped(name string) bool {
	return u.causes[name] == "" && strings.HasPrefix(u.begins[name], restarted) &&
		(running(u.s, name) || len(u.paused(name)) > 0)
}

func (u *up) paused(name string) []string {
	var list []string
	for _, c := range u.s.Containers[name] {
		if c.State == "paused" {
			list = append(list, c.Name)
		}
	}
	return list
}

// unpauses comes before the Compose CLI, which tries to start a paused
// container and fails.
func (u *up) unpauses() {
	for _, name := range u.p.Services() {
		paused := u.paused(name)
		if len(paused) == 0 || u.stopped(name) || (u.createCause() == "" && !u.p.ByCompose(name)) {
			continue
		}
		id := plan.ID("unpause service " + name)
		u.plan.Add(plan.Step{ID: id, Service: name, Cause: "paused", After: u.pulled, Action: plan.StartContainers{Names: paused}})
		u.before = append(u.before, plan.Needs(id))
	}
}

// createCause says why the Compose CLI is called; "" where it is not.
func (u *up) createCause() string {
	if len(u.causes) > 0 {
		return summary(u.causes)
	}
	return u.reshaped()
}

// creates adds the one call of the Compose CLI that creates, recreates and
// removes containers, networks and volumes.
func (u *up) creates() {
	cause := u.createCause()
	if cause == "" {
		return
	}
	argv, services := []string{"create"}, slices.DeleteFunc(u.p.Services(), u.spared)
	alone := len(services) < len(u.p.Services()) // create would go on to what they depend on
	if len(u.o.Recreate) > 0 {                   // Compose recreates what is named, and converges what that depends on
		argv, services, alone = []string{"create", "--force-recreate"}, u.o.Recreate, u.o.Alone
	}
	touched := u.p.Services()
	if alone {
		argv, touched = append([]string{"up", "--no-start", "--no-deps"}, argv[1:]...), services
	}
	argv = append(append(argv, u.noBuild(u.o.Built, touched)...), services...)
	u.create = "create containers"
	u.plan.Add(plan.Step{ID: u.create, Cause: cause, After: u.before, Action: plan.Compose{Argv: argv}})
	u.reconnects()
}

// record remembers the digests once everything is ready.
func (u *up) record() {
	if u.plan.Empty() && u.recorded() {
		return
	}
	after := slices.Clone(u.before)
	if u.create != "" {
		after = []plan.Edge{plan.Needs(u.create)}
	}
	for _, name := range u.p.Services() {
		if id, ok := u.ready[name]; ok {
			after = append(after, plan.Needs(id))
		}
	}
	after = append(after, u.hooked()...)
	u.plan.Add(plan.Step{ID: "remember what is up", After: after, Cause: "for the next run", Action: plan.Record{}})
}

// recorded: the record is of this model, and of containers that nobody else
// has made anew since.
func (u *up) recorded() bool {
	for name, digest := range u.o.Digests.Services {
		if u.s.Last.Digests.Services[name] != digest {
			return false
		}
		for _, c := range u.s.Containers[name] {
			if c.ConfigHash != u.s.Last.Hashes[name] {
				return false
			}
		}
	}
	for part, digest := range u.o.Digests.Parts {
		if u.s.Last.Digests.Parts[part] != digest {
			return false
		}
	}
	return u.s.Last.Digests.Shared == u.o.Digests.Shared && !slices.ContainsFunc(u.p.Fragments(), func(f project.Fragment) bool { return u.has(f) && u.changed(f) })
}
