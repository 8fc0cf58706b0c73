package infra

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/status"
)

// relayLabel is on the container that Compose puts in the place of a provider's
// service. Source: docker/compose pkg/api/labels.go.
const relayLabel = "com.docker.compose.relay"

// provided: the service is what its provider makes, a program that Compose calls
// at each up and that answers the same where there is nothing to do.
func provided(p *project.Project, service string) bool {
	return p.Model.Services[service].Provider != nil
}

// providers are the services of providers that may have been called, each before
// what it depends on: what is read has those of inactive profiles too.
func providers(p *project.Project, s observe.State) []string {
	list := slices.DeleteFunc(ordered(p), func(name string) bool {
		return !provided(p, name) || !p.Active(name) && s.Last.Digests.Services[name] == ""
	})
	slices.Reverse(list)
	return list
}

// unlabelled: the label of what Compose has made is not what `config --hash` says.
// Of what shares with another service the other's container is in it, of what
// depends on a provider the variables that this one has answered with, of what talks to
// the engine or to a model what Compose adds for that.
func unlabelled(p *project.Project, service string) bool {
	s := p.Model.Services[service]
	return len(owners(p, service)) > 0 || asks(p, service) || s.UseAPISocket || len(s.Models) > 0
}

func asks(p *project.Project, service string) bool {
	return slices.ContainsFunc(p.Dependencies(service), func(d project.Dependency) bool { return provided(p, d.On) })
}

// replaced is a container from before the service was a provider's.
func replaced(have []observe.Container) bool {
	return slices.ContainsFunc(have, func(c observe.Container) bool { return c.Labels[relayLabel] == "" })
}

// answered are the services that Compose makes anew whenever it creates: it asks
// the provider, and takes the variables for a change.
func (u *up) answered() {
	for _, name := range u.p.Services() {
		hash, known := u.s.Hashes[name]
		other := func(c observe.Container) bool { return c.ConfigHash != hash }
		if known && u.causes[name] == "" && asks(u.p, name) && u.created(name) && slices.ContainsFunc(u.s.Containers[name], other) {
			u.causes[name] = "its provider is asked again"
		}
	}
}

// created: the Compose CLI is called to create, and this service is among those that
// it looks at.
func (u *up) created(name string) bool {
	if u.createCause() == "" {
		return false
	}
	if len(u.o.Recreate) == 0 {
		return true
	}
	near := slices.Clone(u.o.Recreate)
	for i := 0; i < len(near) && !u.o.Alone; i++ {
		for _, d := range u.p.Dependencies(near[i]) {
			if !slices.Contains(near, d.On) {
				near = append(near, d.On)
			}
		}
	}
	return slices.Contains(near, name)
}

// releases has the providers take away what they have made, once nothing is left
// that uses it. What a provider has made goes by the project's name: where something
// of somebody else's is kept, it may be theirs.
func (d *down) releases(s observe.State) {
	list := providers(d.p, s)
	if len(list) == 0 {
		return
	}
	var after []plan.Edge
	for _, step := range d.plan.Steps {
		after = append(after, plan.Needs(step.ID))
	}
	d.plan.Add(plan.Step{ID: "release what providers have made", After: after, Cause: "requested", Action: plan.Compose{Argv: append([]string{"down"}, list...)}})
}

// halts has providers that can do so stop what they have made.
func (d *down) halts(chosen observe.State, selected []string) {
	for _, name := range providers(d.p, chosen) {
		if len(selected) == 0 || slices.Contains(selected, name) {
			d.plan.Add(plan.Step{ID: stopID(name), Service: name, After: d.dependents(chosen, name), Action: plan.Compose{Argv: []string{"stop", name}}})
		}
	}
}

// providerRow: nobody but the provider knows what it has made, so its service is
// done where it was asked for it.
func providerRow(p *project.Project, s observe.State, r status.Service) status.Service {
	by := "its provider " + p.Model.Services[r.Name].Provider.Type
	r.State, r.Detail = status.Absent, by+" was not called"
	if s.Last.Digests.Services[r.Name] != "" || s.Last.Version == 0 && len(s.Containers) > 0 { // else somebody else has brought it up
		r.State, r.Detail = status.Completed, "by "+by
	}
	return r
}
