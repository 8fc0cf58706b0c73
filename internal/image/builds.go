// Package image plans the builds of images: pure functions from the Compose
// model and what was observed to builds, their keys and a Plan. It imports
// plan, project, observe's and buildcontext's values, and failure; it reads no
// file and asks no engine.
package image

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/distribution/reference"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Builds are all images that the services are built into, in the order of their
// names: services whose build sections come to the same share one.
func Builds(p *project.Project) ([]plan.Build, error) {
	targets := targetNames(p)
	var list []plan.Build
	at := map[string]int{}       // a build by what its section says
	named := map[string]string{} // a build's name by each of its services' targets
	for _, service := range Buildable(p) {
		b := buildOf(p, p.Model.Services[service], targets)
		identity, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("compare build %q: %w", service, err)
		}
		i, seen := at[string(identity)]
		if !seen {
			i = len(list)
			at[string(identity)] = i
			b.Name = targets[service]
			list = append(list, b)
		}
		list[i].Services = append(list[i].Services, service)
		named[targets[service]] = list[i].Name
	}
	for i := range list {
		relink(&list[i], named)
		_ = tag(p, &list[i]) // Select refuses what is wrong with a name of those that are chosen
		list[i].Repository = Repository(list[i])
	}
	return list, nil
}

// relink lets additional contexts name builds by the names that they have come
// to.
func relink(b *plan.Build, named map[string]string) {
	for name, where := range b.Contexts {
		if target, ok := strings.CutPrefix(where, Linked); ok && named[target] != "" {
			b.Contexts[name] = Linked + named[target]
		}
	}
}

// tag gives a build the names of its services' images, as far as they are names.
func tag(p *project.Project, b *plan.Build) (wrong error) {
	b.Tags = nil
	for _, service := range b.Services {
		tags, err := addTags(b.Tags, p, p.Model.Services[service])
		b.Tags, wrong = tags, cmp.Or(wrong, err)
	}
	return wrong
}

// Select narrows builds to those of the named services, with the names of their
// images alone.
func Select(p *project.Project, builds []plan.Build, services []string) ([]plan.Build, error) {
	for _, name := range services {
		if !slices.Contains(Buildable(p), name) {
			return nil, Unbuildable(p, name)
		}
	}
	var list []plan.Build
	for _, b := range builds {
		b.Services = slices.DeleteFunc(slices.Clone(b.Services), func(s string) bool { return !slices.Contains(services, s) })
		if len(b.Services) == 0 {
			continue
		}
		if err := tag(p, &b); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// Unbuildable is the mistake of naming a service that has no build section.
func Unbuildable(p *project.Project, service string) error {
	buildable := Buildable(p)
	hint := "services with one: " + strings.Join(buildable, ", ")
	if near := failure.Nearest(service, buildable); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return failure.New(failure.Usage, "service %q has no build section", service).WithHint("%s", hint)
}

// Buildable are the services that have a build section, sorted.
func Buildable(p *project.Project) []string {
	var names []string
	for _, name := range p.Services() {
		if p.Model.Services[name].Build != nil {
			names = append(names, name)
		}
	}
	return names
}

// Active are those of services that are in an active profile, which are meant
// where none is named: what the others would be built from need not be there.
func Active(p *project.Project, services []string) []string {
	return slices.DeleteFunc(slices.Clone(services), func(name string) bool { return !p.Active(name) })
}

// targetNames are the names of bake targets, which have no dots.
func targetNames(p *project.Project) map[string]string {
	names, used := map[string]string{}, map[string]bool{}
	for _, service := range p.Services() {
		name := strings.ReplaceAll(service, ".", "_")
		for used[name] {
			name += "_"
		}
		names[service], used[name] = name, true
	}
	return names
}

// addTags adds the names of a service's image that are not there yet: image:, or what
// Compose calls it, and then those of build.tags. Where one is wrong it adds none.
func addTags(there []string, p *project.Project, s types.ServiceConfig) ([]string, error) {
	tags := there
	for i, tag := range append([]string{p.ImageName(s.Name)}, s.Build.Tags...) {
		named, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			path := "services." + s.Name + ".image"
			if i > 0 {
				path = "services." + s.Name + ".build.tags"
			}
			return there, p.NoImage(path, tag)
		}
		if _, pinned := named.(reference.Digested); pinned {
			return there, failure.New(failure.Preflight, "service %s: an image that is built cannot be named by a digest: %s", s.Name, tag).
				WithHint("write image: %s, or take its build section out", reference.FamiliarName(named))
		}
		if name := reference.FamiliarString(reference.TagNameOnly(named)); !slices.Contains(tags, name) {
			tags = append(tags, name)
		}
	}
	return tags, nil
}
