package infra

import (
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/restartpolicy"
)

const completed = "service_completed_successfully"

// completes: some service depends on this one's success.
func (u *up) completes(name string) bool {
	return u.dependedOn(name, func(d project.Dependency) bool { return d.Condition == completed })
}

// oneShot: an end with 0 is the service's work done. Whose success others
// wait for is one even with a health check.
func (u *up) oneShot(name string) bool { return endsWell(u.p, name) || u.completes(name) }

// endsWell: nothing starts a service again that has ended with 0, and no health check
// says that it is to stay.
func endsWell(p *project.Project, name string) bool {
	return len(p.Check(name).Test) == 0 && restartpolicy.EndsWell(restartpolicy.Of(p.Model.Services[name]))
}

// let: a one-shot that runs is let come to its end before Compose creates,
// because Compose would stop it with a network that it makes anew, and its work
// would be cut in the middle. It can only end if all it depends on is up;
// otherwise it is started again afterwards.
func (u *up) let(name string) bool {
	return u.completes(name) && u.reshaped() != "" && u.causes[name] == "" && running(u.s, name) && u.upright(name)
}

// upright: nothing that the service depends on, near or far, is to be made or
// started before.
func (u *up) upright(name string) bool {
	for _, c := range u.s.Containers[name] {
		if u.downCause(name, c) != "" {
			return false
		}
	}
	for _, d := range u.p.Dependencies(name) {
		if u.causes[d.On] != "" || u.fresh(d.On) || len(u.s.Containers[d.On]) == 0 || !u.upright(d.On) {
			return false
		}
	}
	return true
}

// lets waits for the ends of running one-shots. Whatever the end, the creation
// goes on: one that nobody needs must not hold it up, and any other ends the
// run by itself.
func (u *up) lets() {
	if u.createCause() == "" {
		return
	}
	for _, name := range ordered(u.p) {
		if !u.let(name) {
			continue
		}
		id := exitID(name)
		u.plan.Add(plan.Step{ID: id, Service: name, After: u.renamed[name], Cause: "before networks change", Optional: u.optional(name),
			Action: plan.AwaitExit{Names: u.names(name)}})
		u.before = append(u.before, plan.Edge{ID: id, Soft: true})
		u.ready[name] = id
	}
}

// oneShots are the services whose success others wait for.
func oneShots(p *project.Project) map[string]bool {
	set := map[string]bool{}
	for _, name := range p.Services() {
		for _, d := range p.Dependencies(name) {
			if d.Condition == completed {
				set[d.On] = true
			}
		}
	}
	return set
}
