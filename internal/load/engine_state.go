package load

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

// AskEngine asks the engine of an environment, and reports whether it answered.
func (d *EnvContext) AskEngine(ctx context.Context, e environ.Environment, question func(context.Context, *docker.Client) error) bool {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	values := e.Values(d.Shell)
	c, err := Dial(engineVariablesOf(d.Run, func(name string) string { return values[name] }))
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	return question(ctx, c) == nil
}

// EngineState is what an engine has of a project.
type EngineState struct {
	Known      bool // the engine answered
	Containers []docker.Container
	Volumes    []string
}

// EngineState asks the engine of e for what it has of the project name.
func (d *EnvContext) EngineState(ctx context.Context, e environ.Environment, name string) (s EngineState) {
	s.Known = d.AskEngine(ctx, e, func(ctx context.Context, c *docker.Client) (err error) {
		if s.Containers, err = c.Containers(ctx, name); err != nil {
			return err
		}
		s.Volumes, err = c.Volumes(ctx, name)
		return err
	})
	return s
}

// Any reports whether there is anything at all.
func (s EngineState) Any() bool { return len(s.Containers)+len(s.Volumes) > 0 }

// Running is how many services have a container that is not at rest.
func (s EngineState) Running() int {
	services := map[string]bool{}
	for _, c := range s.Containers {
		if slices.Contains([]string{"running", "restarting", "paused"}, c.State) {
			services[c.Service] = true
		}
	}
	return len(services)
}
