package workflow

import (
	"context"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/environ"
)

// engineAnswer is how long an env target waits for an engine, which it can do
// without.
const engineAnswer = 2 * time.Second

// standing is what an engine has of a project.
type standing struct {
	known      bool // the engine answered
	containers []docker.Container
	volumes    []string
}

func (s standing) any() bool { return len(s.containers)+len(s.volumes) > 0 }

// standing asks the engine of an environment; without an answer nothing is known.
func (d *desk) standing(ctx context.Context, e environ.Environment, name string) (s standing) {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	values := e.Values(d.shell)
	c, err := dial(d.w.engineEnviron(func(name string) string { return values[name] }))
	if err != nil {
		return s
	}
	defer func() { _ = c.Close() }()
	if s.containers, err = c.Containers(ctx, name); err != nil {
		return standing{}
	}
	if s.volumes, err = c.Volumes(ctx, name); err != nil {
		return standing{}
	}
	s.known = true
	return s
}

// running is how many services have a container that is not at rest.
func (s standing) running() int {
	services := map[string]bool{}
	for _, c := range s.containers {
		if slices.Contains([]string{"running", "restarting", "paused"}, c.State) {
			services[c.Service] = true
		}
	}
	return len(services)
}
