package infra

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// PlanPull plans the pull of each image of the selected services, of all where
// none is selected, once a platform. Skipped are the services that are built
// here, which have nothing to pull.
func PlanPull(p *project.Project, selected []string) (planned plan.Plan, skipped []string, err error) {
	planned.Project = p.Name
	seen := map[plan.ID]bool{}
	for _, name := range p.Services() {
		if len(selected) > 0 && !slices.Contains(selected, name) {
			continue
		}
		s := p.Model.Services[name]
		if s.Build != nil {
			skipped = append(skipped, name)
			continue
		}
		if id := pullID(s.Image, s.Platform); s.Image != "" && !seen[id] {
			seen[id] = true
			planned.Add(plan.Step{ID: id, Service: name, Cause: "requested", Action: plan.PullImage{Image: s.Image, Service: name}})
		}
	}
	return planned, skipped, planned.Validate()
}

func pullID(image, platform string) plan.ID {
	if platform != "" {
		return plan.ID("pull image " + image + " for " + platform)
	}
	return plan.ID("pull image " + image)
}
