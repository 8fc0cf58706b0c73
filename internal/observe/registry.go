package observe

import (
	"context"
	"sync"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/project"
)

// registryTime is how long registries may take to answer: one that is slow, or
// that nobody can reach, is the matter of the pull.
const registryTime = 3 * time.Second

// Registry is what UnknownImages needs of an engine's client.
type Registry interface {
	// InRegistry reports whether the image's registry has it; known is false
	// where that is not to be learnt.
	InRegistry(ctx context.Context, ref string) (has, known bool)
}

// UnknownImages asks the registries of all missing images at once, and gives
// those that they do not have.
func UnknownImages(ctx context.Context, r Registry, p *project.Project, missing map[string]bool) map[string]bool {
	ctx, cancel := context.WithTimeout(ctx, registryTime)
	defer cancel()
	unknown := map[string]bool{}
	var mu sync.Mutex
	var wait conc.WaitGroup
	for image := range pulled(p, missing) {
		wait.Go(func() {
			if has, known := r.InRegistry(ctx, image); known && !has {
				mu.Lock()
				defer mu.Unlock()
				unknown[image] = true
			}
		})
	}
	wait.Wait()
	return unknown
}

// pulled are the missing images that a run would fetch.
func pulled(p *project.Project, missing map[string]bool) map[string]bool {
	images := map[string]bool{}
	for _, name := range p.Services() {
		svc := p.Model.Services[name]
		if missing[svc.Image] && !p.Builds(svc.Image) && svc.PullPolicy != "never" && svc.PullPolicy != "build" {
			images[svc.Image] = true
		}
	}
	return images
}
