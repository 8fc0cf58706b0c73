package infra

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// owners are the services whose name spaces or volumes a service shares.
// Containers, which are no services of ours, are not among them.
func owners(p *project.Project, service string) []string {
	list := observe.Sharing(p, service)
	for _, from := range p.Model.Services[service].VolumesFrom {
		if owner, _, _ := strings.Cut(from, ":"); owner != "container" {
			list = append(list, owner)
		}
	}
	return list
}

// configChanged compares with what Compose would label it, where that was
// asked for, else with what the last run recorded. What is unlabelled is compared
// with the record at all times.
func configChanged(p *project.Project, s observe.State, o UpOptions, name string, c observe.Container) bool {
	hash, known := s.Hashes[name]
	switch {
	case known && c.ConfigHash == hash:
		return false
	case known && !unlabelled(p, name):
		return true
	case s.Last.Digests.Services[name] != o.Digests.Services[name]:
		return true
	}
	return known && c.ConfigHash != s.Last.Hashes[name]
}

// changeCause says so, where that is known: of what is unlabelled without a record
// nobody can tell.
func changeCause(p *project.Project, s observe.State, name string) string {
	if unlabelled(p, name) && s.Last.Digests.Services[name] == "" {
		return "no record of the last run"
	}
	return "configuration changed"
}
