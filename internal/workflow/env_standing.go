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

// ask asks the engine of an environment, and reports whether it answered.
func (d *desk) ask(ctx context.Context, e environ.Environment, question func(context.Context, *docker.Client) error) bool {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	values := e.Values(d.shell)
	c, err := dial(d.w.engineEnviron(func(name string) string { return values[name] }))
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	return question(ctx, c) == nil
}

// standing is what an engine has of a project.
type standing struct {
	known      bool // the engine answered
	containers []docker.Container
	volumes    []string
}

func (d *desk) standing(ctx context.Context, e environ.Environment, name string) (s standing) {
	s.known = d.ask(ctx, e, func(ctx context.Context, c *docker.Client) (err error) {
		if s.containers, err = c.Containers(ctx, name); err != nil {
			return err
		}
		s.volumes, err = c.Volumes(ctx, name)
		return err
	})
	return s
}

func (s standing) any() bool { return len(s.containers)+len(s.volumes) > 0 }

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
