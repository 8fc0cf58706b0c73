package deploy

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Mix is a model that has the services which take chooses as now has them, and all
// others as they were. Networks and the like are those of both.
func Mix(now, was []byte, take func(service string) bool) ([]byte, error) {
	next, before := map[string]any{}, map[string]any{}
	if err := yaml.Unmarshal(now, &next); err != nil {
		return nil, fmt.Errorf("mix models: %w", err)
	}
	if err := yaml.Unmarshal(was, &before); err != nil {
		return nil, fmt.Errorf("mix models: %w", err)
	}
	services := map[string]any{}
	for name, one := range mapping(before, "services") {
		if !take(name) {
			services[name] = one
		}
	}
	for name, one := range mapping(next, "services") {
		if take(name) {
			services[name] = one
		}
	}
	next["services"] = services
	for _, key := range []string{"networks", "volumes", "configs", "secrets"} {
		mixed := mapping(next, key)
		for name, one := range mapping(before, key) {
			other, both := mixed[name]
			if both && (key == "configs" || key == "secrets") && !reflect.DeepEqual(one, other) {
				return nil, failure.New(failure.Preflight, "%s in %s is another than services have that are to stay as they are", name, key).
					WithHint("deploy without -services")
			}
			if !both {
				mixed[name] = one
			}
		}
		next[key] = mixed
	}
	if err := whole(services); err != nil {
		return nil, err
	}
	return yaml.Marshal(next)
}

// whole refuses services that depend on what neither model has.
func whole(services map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(services)) {
		service, _ := services[name].(map[string]any)
		for on := range mapping(service, "depends_on") {
			if _, there := services[on]; !there {
				return failure.New(failure.Preflight, "service %s depends on %s, which the server does not have", name, on).
					WithHint("name %s in -services too", on)
			}
		}
	}
	return nil
}

func mapping(of map[string]any, key string) map[string]any {
	m, _ := of[key].(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	return m
}

// Keeping is a release of which only some services are new; the others are those of
// the release from, under the names that they have in this one. What it ran once is
// not run again, and so changes nothing that an earlier release could not live with.
func (r Release) Keeping(from Release, take func(service string) bool) Release {
	mixed := map[string]Service{}
	for name, s := range from.Services {
		if take(name) {
			continue
		}
		s.Image, s.Compatible = ImageName(r.Project, name, r.ID), s.Compatible || s.OneShot
		mixed[name] = s
	}
	for name, s := range r.Services {
		if take(name) {
			mixed[name] = s
		}
	}
	var routes []Published
	for _, one := range from.Routes {
		if !take(one.Service) {
			routes = append(routes, one)
		}
	}
	for _, one := range r.Routes {
		if take(one.Service) {
			routes = append(routes, one)
		}
	}
	slices.SortStableFunc(routes, func(a, b Published) int {
		switch {
		case a.Service < b.Service:
			return -1
		case a.Service > b.Service:
			return 1
		}
		return 0
	})
	r.Services, r.Routes = mixed, routes
	r.KeptFiles = slices.Clone(from.KeptFiles)
	files := maps.Clone(r.Files)
	if files == nil {
		files = map[string]string{}
	}
	for path, sum := range from.Files {
		switch now, both := files[path]; {
		case !both:
			files[path] = sum
		case now != sum:
			r.KeptFiles = append(r.KeptFiles, sum)
		}
	}
	r.Files = files
	return r
}

// Rename gives the services of a model, which were those of an earlier release, the
// names that they have in this one.
func (r Release) Rename(model []byte, kept func(service string) bool) ([]byte, error) {
	root := map[string]any{}
	if err := yaml.Unmarshal(model, &root); err != nil {
		return nil, fmt.Errorf("model of release %s: %w", r.ID, err)
	}
	for name, one := range mapping(root, "services") {
		service, _ := one.(map[string]any)
		if service == nil || !kept(name) {
			continue
		}
		service["image"] = r.Services[name].Image
		if _, named := service["container_name"]; named {
			service["container_name"] = ContainerName(r.Project, name, r.ID)
		}
		mapping(service, "labels")[LabelRelease] = r.ID
	}
	return yaml.Marshal(root)
}
