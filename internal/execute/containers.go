package execute

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// refreshContainers looks at what Compose has left after it created. A plan foretells
// names, and is right but for a run before it that was cut short in the middle
// of a recreation: what that leaves may go by another name.
func (r *Runner) refreshContainers(ctx context.Context) error {
	state, err := r.Session.Observe(ctx)
	if err != nil {
		return err
	}
	there := map[string][]string{}
	for service, list := range state.Containers {
		for _, c := range list {
			there[service] = append(there[service], c.Name)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.there = there
	r.Session.ClaimStack(ctx)
	return nil
}

// actual are the containers of a step's service: those foretold, unless one of
// them is not there.
func (r *Runner) actual(step plan.Step, foretold []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	there := r.there[step.Service]
	for _, name := range foretold {
		if len(there) > 0 && !slices.Contains(there, name) {
			return there
		}
	}
	return foretold
}
