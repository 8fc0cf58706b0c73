package infra

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// byDocker is the one value of `x-spellbook: {readiness: docker}`: no probe of ours.
const byDocker = "docker"

// stated is a word that x-spellbook says of a service; "" where it says none.
func stated(p *project.Project, service, key string) string {
	all, _ := p.Model.Services[service].Extensions["x-spellbook"].(map[string]any)
	if word, there := all[key]; there {
		return fmt.Sprint(word)
	}
	return ""
}

// check is how a service is found ready: what the files say, and what earlier runs found.
func (u *up) check(name string) plan.Check {
	check := u.p.Check(name)
	check.OneShot, check.Needed, check.Show = u.oneShot(name), u.healthAwaited(name), u.p.ShownCheck(name)
	check.Docker = stated(u.p, name, "readiness") == byDocker || u.s.Last.LeftToDocker(check)
	return check
}

// readinessKnown refuses a word that means nothing.
func readinessKnown(p *project.Project) error {
	for _, name := range p.Services() {
		if word := stated(p, name, "readiness"); word != "" && word != byDocker {
			return failure.New(failure.Preflight, "services.%s.x-spellbook.readiness: %q is no way to be found ready", name, word).
				WithHint("%s leaves its health check to Docker's own timer; without the key our own probes come first", byDocker)
		}
	}
	return nil
}
