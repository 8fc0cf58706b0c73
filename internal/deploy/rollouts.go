package deploy

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// The words of Swarm's update_config.order: a new container is ready before the old
// one stops, which is what all do that say nothing, or the old one stops first.
const (
	startFirst = "start-first"
	stopFirst  = "stop-first"
)

// Rollouts checks what services say of theirs: x-spellbook: {rollout: stop-first} is
// for one that must not run twice and that nothing of its release waits for.
func Rollouts(p *project.Project, roles map[string]Role, all []Published) error {
	for _, name := range p.Services() {
		said := extension(p.Model.Services[name], "rollout")
		switch {
		case said == nil, said == startFirst, said == stopFirst && roles[name] == Infra: // which never runs twice
			continue
		case said != stopFirst:
			return failure.New(failure.Preflight, "service %s: x-spellbook.rollout is %v", name, said).WithHint("write rollout: stop-first, or leave it out")
		case p.Check(name).OneShot:
			return failure.New(failure.Preflight, "service %s ends by itself and cannot be rollout: stop-first", name).
				WithHint("take rollout from it, or say that it stays: restart: unless-stopped, or a healthcheck")
		case slices.ContainsFunc(all, func(r Published) bool { return r.Service == name }):
			return failure.New(failure.Preflight, "service %s is rollout: stop-first and publishes a port, whose requests nobody would answer meanwhile", name).
				WithHint("take its ports away, or have what must not run twice in a service of its own")
		}
		for _, other := range Of(roles, App) {
			for _, d := range p.Dependencies(other) {
				if d.On == name && extension(p.Model.Services[other], "rollout") != stopFirst {
					return failure.New(failure.Preflight, "service %s depends on %s, which is rollout: stop-first and started last", other, name).
						WithHint("take the dependency away, or write rollout: stop-first to %s", other)
				}
			}
		}
	}
	return nil
}

// NotTwice are the services of a release that must not run twice, sorted.
func NotTwice(r Release) []string {
	var list []string
	for name, s := range r.Services {
		if s.StopFirst {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// BesideOthers is the model of what of a release runs beside another release.
func BesideOthers(model []byte, r Release) ([]byte, error) {
	if len(NotTwice(r)) == 0 {
		return model, nil
	}
	return only(model, func(name string) bool { return !r.Services[name].StopFirst })
}

// Alone is the model of what of it must not.
func Alone(model []byte, r Release) ([]byte, error) {
	return only(model, func(name string) bool { return r.Services[name].StopFirst })
}
