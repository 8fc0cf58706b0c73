// Package observe reads the world (engine, ports, files) into plain values and
// changes nothing. It imports docker, project and failure.
package observe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/resource"
)

// Container is one container of the project as the engine lists it.
type Container = resource.Container

// Published is one of its published ports.
type Published = resource.Port

// Network is one network of the engine.
type Network = resource.Network

// State is what a planner needs to know of the engine.
type State struct {
	// Containers of the project, by service and number; one-off ones and those
	// that only run a pre_start hook are in OneOff.
	Containers map[string][]Container
	OneOff     []Container
	// Given are the configs and secrets that services are given, of those that are.
	Given map[string]Given
	// Last is what the last complete run left behind; its zero value where
	// there was none.
	Last Record
	// Hashes are what Compose would label each service with. Asked for only
	// when something is to be done; nil otherwise.
	Hashes map[string]string
	// Networks are all that the engine has. Asked for only when something is to
	// be done; nil otherwise.
	Networks []Network
	// OnNetwork are the running containers of the whole engine by the ID of a
	// network that they are on. Asked for only where two networks have one name.
	OnNetwork map[string][]Container
	// Missing are the images of the model that the engine does not have.
	Missing map[string]bool
	// Unknown are those of the missing images that their registries do not have.
	Unknown map[string]bool
}

// Lister is what Engine needs of a client.
type Lister interface {
	Containers(ctx context.Context, project string) ([]Container, error)
	// StartedAt is when a container last started.
	StartedAt(ctx context.Context, id string) (time.Time, error)
	// Restarts is how often its restart policy has started a container again.
	Restarts(ctx context.Context, id string) (int, error)
	// Ends are its last n ends that the engine remembers: within how long they came,
	// and the exit code of the last.
	Ends(ctx context.Context, id string, n int) (within time.Duration, code int, known bool)
	// Joined are the containers whose name spaces a container was made to share.
	Joined(ctx context.Context, id string) ([]string, error)
	// LastCheck is when Docker last ran the container's health check.
	LastCheck(ctx context.Context, id string) (time.Time, error)
	// Killed reports whether the engine remembers that somebody stopped or
	// killed the container before its last end.
	Killed(ctx context.Context, id string) (bool, error)
	// ImageConfig is that of an image; found is false where the engine has none.
	ImageConfig(ctx context.Context, ref string) (config docker.ImageConfig, found bool, err error)
}

// Engine takes one container list and the record of the last run.
func Engine(ctx context.Context, c Lister, p *project.Project) (State, error) {
	list, err := c.Containers(ctx, p.Name)
	if err != nil {
		return State{}, err
	}
	last := ReadRecord(p)
	var all conc.WaitGroup
	for i := range list {
		all.Go(func() {
			prove(ctx, c, last, &list[i])
			compareImage(ctx, c, p, last, &list[i])
		})
	}
	all.Wait()
	s := Sort(list, last)
	s.Given = given(p)
	outdate(ctx, c, s)
	detach(ctx, c, p, s)
	return s, nil
}

// prove adds what the list cannot tell: that an earlier probe of ours passed,
// where Docker's own timer has not come round yet, and that an end was asked for, so
// that nobody takes it for work that is done, or for a failure.
func prove(ctx context.Context, c Lister, last Record, one *Container) {
	one.Unhooked = one.State == "running" && same(ctx, c, last.Unhooked, one.ID)
	switch {
	case one.State == "created" && slices.Contains(last.Held, one.Service):
		one.State = "exited" // with 0: its work is done, in another stack
	case one.State == "running" && one.Health == "starting":
		if same(ctx, c, last.Proven, one.ID) {
			one.Health = "healthy"
		}
	case one.State == "running" && one.Health == "unhealthy":
		// After a pause Docker says so until its timer comes round.
		if same(ctx, c, last.Proven, one.ID) && stale(ctx, c, last.At[one.ID], one.ID) {
			one.Health = "healthy"
		}
	case one.State == "exited" && one.ExitCode == 0 && !same(ctx, c, last.Ended, one.ID):
		one.Stopped = same(ctx, c, last.Stopped, one.ID)
		if !one.Stopped {
			one.Stopped, _ = c.Killed(ctx, one.ID)
		}
	case one.State == "exited" && one.ExitCode != 0: // its stop_signal may end it with whatever code
		one.Stopped = same(ctx, c, last.Stopped, one.ID)
		if !one.Stopped && one.ExitCode > 128 && one.ExitCode != killed && one.ExitCode != terminated {
			one.Stopped, _ = c.Killed(ctx, one.ID)
		}
	}
	if one.State == "restarting" || one.State == "running" && one.Health != "healthy" && young(one.Status) {
		loop(ctx, c, one)
	}
}

// loop adds how often the container was started again, within how long, and what
// it ended with.
func loop(ctx context.Context, c Lister, one *Container) {
	if one.Restarts, _ = c.Restarts(ctx, one.ID); one.Restarts == 0 {
		return
	}
	within, code, known := c.Ends(ctx, one.ID, one.Restarts)
	if one.Within = within; known {
		one.LastExit = &code
	} else if one.State == "restarting" {
		one.LastExit = &one.ExitCode
	}
}

// The exit codes of KILL and TERM, which say enough of themselves.
const killed, terminated = 137, 143

// young: by the engine's words a container has run for less than ten seconds, which is
// when Docker's restart policy takes it for one that stays up.
// Source: moby restartmanager, defaultTimeout and its reset.
func young(status string) bool {
	if strings.HasPrefix(status, "Up Less than a second") {
		return true
	}
	var seconds int
	var unit string
	_, err := fmt.Sscanf(status, "Up %d %s", &seconds, &unit)
	return err == nil && strings.HasPrefix(unit, "second") && seconds < 10
}

// stale: Docker has not run the health check since we did.
func stale(ctx context.Context, c Lister, at time.Time, id string) bool {
	checked, err := c.LastCheck(ctx, id)
	return err == nil && checked.Before(at)
}

// same reports whether what was seen is of the container's last start.
func same(ctx context.Context, c Lister, seen map[string]time.Time, id string) bool {
	at, known := seen[id]
	if !known {
		return false
	}
	started, err := c.StartedAt(ctx, id)
	return err == nil && started.Equal(at)
}

// Sort files a container list by service.
func Sort(list []Container, last Record) State {
	s := State{Containers: map[string][]Container{}, Last: last}
	for _, c := range list {
		if strings.EqualFold(c.Labels[docker.LabelOneOff], "true") || c.Labels[docker.LabelHook] != "" {
			s.OneOff = append(s.OneOff, c)
			continue
		}
		s.Containers[c.Service] = append(s.Containers[c.Service], c)
	}
	for _, set := range s.Containers {
		slices.SortFunc(set, func(a, b Container) int { return a.Number - b.Number })
	}
	return s
}

// Services are all that have containers, sorted.
func (s State) Services() []string {
	names := make([]string, 0, len(s.Containers))
	for name := range s.Containers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Named is the container of that name, one-off ones apart.
func (s State) Named(name string) (Container, bool) {
	for _, have := range s.Containers {
		for _, c := range have {
			if c.Name == name {
				return c, true
			}
		}
	}
	return Container{}, false
}

// Has reports whether the container of that ID is among those of s.
func (s State) Has(id string) bool {
	is := func(c Container) bool { return c.ID == id }
	for _, have := range s.Containers {
		if slices.ContainsFunc(have, is) {
			return true
		}
	}
	return slices.ContainsFunc(s.OneOff, is)
}

// Inspector tells whether images are there.
type Inspector interface {
	HasImage(ctx context.Context, ref string) (bool, error)
}

// MissingImages asks for each image of the enabled services once.
func MissingImages(ctx context.Context, c Inspector, p *project.Project) (map[string]bool, error) {
	missing := map[string]bool{}
	for _, name := range p.Services() {
		image := p.Model.Services[name].Image
		if _, asked := missing[image]; asked || image == "" {
			continue
		}
		has, err := c.HasImage(ctx, image)
		if err != nil {
			return nil, fmt.Errorf("look for image %q: %w", image, err)
		}
		missing[image] = !has
	}
	return missing, nil
}
