package infra

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// causeOf says why Compose will create or recreate a service's containers; ""
// where it will not.
func causeOf(p *project.Project, s observe.State, o UpOptions, name string) string {
	have := s.Containers[name]
	if provided(p, name) {
		if replaced(have) {
			return "made by its provider now"
		}
		return ""
	}
	switch want := p.Replicas(name); {
	case want == 0 && len(have) == 0:
		return ""
	case len(have) == 0:
		return "no container"
	case len(have) != want:
		if want == 1 {
			return fmt.Sprintf("1 container, not %d", len(have))
		}
		return fmt.Sprintf("%d containers, not %d", want, len(have))
	case o.Taken[name] != "":
		return o.Taken[name]
	case slices.Contains(o.Recreate, name):
		return "recreate requested"
	}
	for _, c := range have {
		if c.State == "removing" || c.State == "dead" {
			return "container is " + c.State
		}
		if imageMoved(p, c) {
			return "image changed"
		}
		if configChanged(p, s, o, name, c) {
			return changeCause(p, s, name)
		}
		if c.Rewritten {
			return rewritten
		}
		if c.Remade {
			return "shares with " + c.Detached + ", which is new"
		}
		if network := lostNetwork(p, c); network != "" {
			return "not on network " + network
		}
		if network := misplaced(p, s, c); network != "" {
			return "another network is called " + network
		}
	}
	return ""
}

// rewritten is the cause of a new container where Compose would make none.
const rewritten = "a config or secret changed"

// Remounted are lines on services that run with what a file of a config or secret
// was when they started. Compose makes nothing of that, and a service may read the
// file again by itself.
func Remounted(p *project.Project, s observe.State) []string {
	var lines []string
	for _, name := range p.Services() {
		if slices.ContainsFunc(s.Containers[name], func(c observe.Container) bool { return c.Remounted }) {
			lines = append(lines, fmt.Sprintf("the file of a config or secret of %s has changed since it was started; mage infra:restart -services=%s has it read", name, name))
		}
	}
	return lines
}

// imageMoved: the engine lists the ID once the reference names another image. One
// that has another ID and the same content is the same.
func imageMoved(p *project.Project, c observe.Container) bool {
	return strings.HasPrefix(c.Image, "sha256:") && !strings.HasPrefix(p.Model.Services[c.Service].Image, "sha256:") && !c.SameContent
}

// spared: Compose, which goes by the ID of the image, would make the service anew for
// that alone, and is not asked about it.
func (u *up) spared(name string) bool {
	return u.causes[name] == "" && slices.ContainsFunc(u.s.Containers[name], func(c observe.Container) bool { return c.SameContent })
}

// unspared gives a cause to those that Compose cannot be called without: where it is
// asked about everything, and where others share with them.
func (u *up) unspared() {
	if u.createCause() == "" {
		return
	}
	all := u.reshaped() != "" || len(u.o.Recreate) > 0 && !u.o.Alone
	for _, name := range u.p.Services() {
		shares := func(by string) bool { return slices.Contains(owners(u.p, by), name) }
		if u.spared(name) && (all || slices.ContainsFunc(u.p.Services(), shares)) {
			u.causes[name] = "its image has another ID"
		}
	}
}

// The causes of a start of what runs: it is stopped first.
const (
	restarted     = "restarted"
	restartedWith = restarted + " with " // another service
	rehooked      = restarted + ", as its post_start hook failed"
)

// beginCause says why a service is started; "" where it runs or is done.
func (u *up) beginCause(name string) string {
	if u.held(name) {
		return ""
	}
	if cause := u.causes[name]; cause != "" {
		return cause
	}
	if provided(u.p, name) {
		if u.created(name) {
			return ""
		}
		return "its provider is asked"
	}
	have := u.s.Containers[name]
	if len(have) == 0 {
		return ""
	}
	for _, d := range u.p.Dependencies(name) {
		if d.Restart && u.fresh(d.On) {
			return restartedWith + d.On
		}
	}
	for _, c := range have {
		if c.Detached != "" {
			return restartedWith + c.Detached
		}
		if c.Unhooked {
			return rehooked
		}
		if cause := u.downCause(name, c); cause != "" {
			return cause
		}
	}
	if running(u.s, name) && !u.let(name) {
		return u.reshaped()
	}
	return ""
}

// reshaped says why containers may have to be started although none of them
// changes: Compose stops those of a network that it makes anew, and starts
// nothing when it only creates. A start of one that still runs does nothing.
func (u *up) reshaped() string {
	switch {
	case !u.o.Digests.Reshape(u.s.Last.Digests):
		return ""
	case u.s.Last.Digests.Shared == "":
		return "no record of the last run"
	}
	return "networks or volumes changed"
}

// downCause says why one container is not running as it should.
func (u *up) downCause(name string, c observe.Container) string {
	switch {
	case c.State == "created":
		return "never started"
	case c.State == "paused":
		return "paused"
	case c.State != "exited":
		return ""
	case c.Stopped:
		return "stopped"
	case c.ExitCode != 0 || !u.oneShot(name):
		return fmt.Sprintf("exited with code %d", c.ExitCode)
	}
	for _, d := range u.p.Dependencies(name) {
		if u.fresh(d.On) {
			return d.On + " is new"
		}
	}
	return ""
}

// fresh: the service's containers are created or restarted by this plan.
func (u *up) fresh(name string) bool {
	return u.causes[name] != "" || strings.HasPrefix(u.begins[name], restarted)
}

// settled: every container is as it should end up, so nothing is awaited. One
// whose end others wait for (ends) is not, as long as it runs.
func (u *up) settled(name string, ends bool) bool {
	have := u.s.Containers[name]
	if provided(u.p, name) || u.held(name) {
		return true
	}
	if len(have) != u.p.Replicas(name) || u.unconfirmed(name) {
		return false
	}
	for _, c := range have {
		if !u.isReady(name, c) || (ends && c.State == "running") {
			return false
		}
	}
	return true
}

func (u *up) isReady(name string, c observe.Container) bool {
	if c.State == "exited" {
		return c.ExitCode == 0 && !c.Stopped && u.oneShot(name)
	}
	return c.State == "running" && c.Restarts == 0 && c.Detached == "" && !c.Unhooked && (c.Health == "" || c.Health == "healthy")
}

func running(s observe.State, name string) bool {
	return slices.ContainsFunc(s.Containers[name], func(c observe.Container) bool { return c.State == "running" })
}

// alive: there is what a stop ends. What is paused goes on some time, and what is
// between two restarts by itself.
func alive(s observe.State, name string) bool {
	return slices.ContainsFunc(s.Containers[name], func(c observe.Container) bool {
		return c.State == "running" || c.State == "paused" || c.State == "restarting"
	})
}

// orphans are containers of services that the files no longer have. Those
// made from files that were not loaded now belong to somebody else's command.
func orphans(p *project.Project, s observe.State) []observe.Container {
	var list []observe.Container
	for _, name := range s.Services() {
		if p.Known(name) {
			continue
		}
		for _, c := range s.Containers[name] {
			if madeFrom(c, p) {
				list = append(list, c)
			}
		}
	}
	return list
}

// madeFrom is false where nothing says what it was made from: such a container
// may be anybody's, and removing it cannot be undone.
func madeFrom(c observe.Container, p *project.Project) bool {
	if len(c.Files) == 0 {
		return false
	}
	for _, f := range c.Files {
		if !slices.Contains(p.Files, f) && !p.Layout.IsFragment(f) {
			return false
		}
	}
	return true
}

func names(list []observe.Container) []string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}

// summary counts causes: "3 new", "1 new, 2 changed".
func summary(causes map[string]string) string {
	fresh := 0
	for _, cause := range causes {
		if cause == "no container" {
			fresh++
		}
	}
	var parts []string
	if fresh > 0 {
		parts = append(parts, fmt.Sprintf("%d new", fresh))
	}
	if rest := len(causes) - fresh; rest == 1 && fresh == 0 {
		parts = append(parts, causes[slices.Sorted(maps.Keys(causes))[0]])
	} else if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d changed", rest))
	}
	return strings.Join(parts, ", ")
}
