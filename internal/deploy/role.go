// Package deploy decides what is to be on a server: which services are
// infrastructure and which the application, what a release is, the models that
// the server runs, and what is to be done about the difference. It is pure:
// it imports values of other packages, and has no side effect.
package deploy

import (
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Role says how a service is deployed.
type Role string

// Infrastructure stays what it is from release to release, and is changed in
// place; the application is a new set of containers with each release.
const (
	Infra Role = "infra"
	App   Role = "app"
)

// Extension is the key of a Compose service that Spellbook reads.
const Extension = "x-spellbook"

// Roles gives every enabled service its role: what x-spellbook: {role: …} says,
// else application where the service has a build, else infrastructure. What a
// provider makes has none: that is a program of this machine.
func Roles(p *project.Project) (map[string]Role, error) {
	roles := map[string]Role{}
	for _, name := range p.Services() {
		s := p.Model.Services[name]
		if s.Provider != nil {
			return nil, failure.New(failure.Preflight, "service %s is what its provider %s makes on this machine, which a server has no way to", name, s.Provider.Type).
				WithHint("keep it out of this environment by a profile: what depends on it says required: false")
		}
		switch said := extension(s, "role"); said {
		case nil:
			roles[name] = Infra
			if s.Build != nil {
				roles[name] = App
			}
		case string(Infra), string(App):
			roles[name] = Role(said.(string))
		default:
			return nil, failure.New(failure.Preflight, "service %s: x-spellbook.role is %v", name, said).
				WithHint("write role: infra, or role: app")
		}
	}
	return roles, needsApplication(p, roles)
}

// needsApplication refuses infrastructure that depends on the application: it is
// there before any release, and outlives each.
func needsApplication(p *project.Project, roles map[string]Role) error {
	for _, name := range p.Services() {
		if roles[name] != Infra {
			continue
		}
		for _, d := range p.Dependencies(name) {
			if roles[d.On] == App {
				return failure.New(failure.Preflight, "service %s is infrastructure and depends on %s, which is of the application", name, d.On).
					WithHint("write x-spellbook: {role: app} to %s, or take its dependency away", name)
			}
		}
	}
	return nil
}

// Of are the services of one role, sorted.
func Of(roles map[string]Role, role Role) []string {
	var list []string
	for name, r := range roles {
		if r == role {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// extension is a key of a service's x-spellbook; nil where there is none.
func extension(s types.ServiceConfig, key string) any {
	all, _ := s.Extensions[Extension].(map[string]any)
	return all[key]
}

// Needed is the infrastructure that those of the services which take chooses depend
// on, themselves or by others.
func Needed(p *project.Project, roles map[string]Role, services []string, take func(service string) bool) map[string]bool {
	needed := map[string]bool{}
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if roles[name] == Infra {
			needed[name] = true
		}
		for _, d := range p.Dependencies(name) {
			visit(d.On)
		}
	}
	for _, name := range services {
		if take(name) {
			visit(name)
		}
	}
	return needed
}
