package load

import (
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// EveryService is every service that the files or the engine know, sorted.
func (s *Session) EveryService(state observe.State) []string {
	names := map[string]bool{}
	for _, name := range append(s.Project.Services(), s.Project.Model.DisabledServiceNames()...) {
		names[name] = true
	}
	for _, name := range state.Services() {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Choose refuses services that neither the files nor the engine know.
func (s *Session) Choose(services []string, state observe.State) error {
	return Among(services, s.EveryService(state))
}

// Among refuses services that are none of all.
func Among(services, all []string) error {
	for _, name := range services {
		if slices.Contains(all, name) {
			continue
		}
		if name == "" {
			return project.EmptyFlag("-services", "services are: "+strings.Join(all, ", "))
		}
		f := failure.New(failure.Usage, "no service %q", name)
		if near := failure.Nearest(name, all); near != "" {
			return f.WithHint("did you mean %s? services are: %s", near, strings.Join(all, ", "))
		}
		return f.WithHint("services are: %s", strings.Join(all, ", "))
	}
	return nil
}

// Absent are the services without a container: of the chosen ones, or of all
// that no profile hides.
func (s *Session) Absent(services []string, state observe.State) []string {
	var list []string
	for _, name := range s.EveryService(state) {
		model := s.Project.Model.Services[name]
		hidden := len(model.Profiles) > 0 || s.Project.Replicas(name) == 0
		if len(state.Containers[name]) > 0 || (len(services) == 0 && hidden) {
			continue
		}
		if len(services) == 0 || slices.Contains(services, name) {
			list = append(list, name)
		}
	}
	return list
}
