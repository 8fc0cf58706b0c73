package plan

import (
	"fmt"
	"strings"
	"time"
)

// Action is what a Step does: a sealed sum, so that every executor knows all.
type Action interface {
	// Describe is a few words for the plan's text; may be empty. It never
	// shows a secret.
	Describe() string
	action()
}

// PullImage fetches an image that is not there, as the Compose CLI would for
// the service: with its platform and the user's credentials.
type PullImage struct{ Image, Service string }

// Compose runs the Compose CLI on the project's files: the word is the
// subcommand, for example {"create"} or {"up","-d","--no-deps"}.
type Compose struct {
	Argv []string // without "docker compose" and global flags
}

// StartContainers starts the containers of a service over the Engine API.
type StartContainers struct{ Names []string }

// StopContainers stops containers, each with its own grace.
type StopContainers struct {
	Names []string
	Grace *time.Duration // nil: the container's own
}

// RemoveContainers removes stopped or running containers.
type RemoveContainers struct {
	Names   []string
	Volumes bool // their anonymous volumes too
}

// RemoveNetwork removes a network by its ID; the name, which another one may
// have as well, is for people.
type RemoveNetwork struct{ ID, Name string }

// RemoveVolumes removes volumes by name: data is lost.
type RemoveVolumes struct{ Names []string }

// RemoveImages removes images by reference or ID.
type RemoveImages struct{ Refs []string }

// RemovePaths removes files and directories below the repository.
type RemovePaths struct{ Paths []string }

// AwaitReady waits until every container of a service is ready.
type AwaitReady struct {
	Names []string
	Check Check
}

// AwaitExit waits until a one-shot has ended with 0.
type AwaitExit struct{ Names []string }

// Record stores the digests that make the next run a no-op.
type Record struct{}

// Check is how a service is found to be ready.
type Check struct {
	// Test is the Compose form: {"CMD", …} or {"CMD-SHELL", line}; empty means
	// no health check, so running is ready.
	Test []string
	// Show is the command of Test for people, its secrets masked; Test itself is
	// never shown.
	Show    string
	Timeout time.Duration // of one attempt; 0 means 30 s, as Docker has it
	// Ports are the container ports the service publishes over TCP: our own
	// probe counts only while one of them is listened on.
	Ports []uint16
	// OneShot services may end with 0 instead of staying up.
	OneShot bool
	// Plugin has to say ready as well; "" where no plugin is asked.
	Plugin string
}

func (PullImage) action()        {}
func (Compose) action()          {}
func (StartContainers) action()  {}
func (StopContainers) action()   {}
func (RemoveContainers) action() {}
func (RemoveNetwork) action()    {}
func (RemoveVolumes) action()    {}
func (RemoveImages) action()     {}
func (RemovePaths) action()      {}
func (AwaitReady) action()       {}
func (AwaitExit) action()        {}
func (Record) action()           {}

// Describe has nothing to add to the step's name.
func (PullImage) Describe() string { return "" }

// Describe names the Compose command.
func (a Compose) Describe() string { return "docker compose " + strings.Join(a.Argv, " ") }

// Describe has nothing to add to the step's name.
func (a StartContainers) Describe() string { return replicas(a.Names) }

// Describe has nothing to add to the step's name.
func (a StopContainers) Describe() string { return replicas(a.Names) }

// Describe has nothing to add to the step's name.
func (a RemoveContainers) Describe() string { return replicas(a.Names) }

// Describe has nothing to add to the step's name.
func (RemoveNetwork) Describe() string { return "" }

// Describe warns.
func (RemoveVolumes) Describe() string { return "data is lost" }

// Describe has nothing to add to the step's name.
func (RemoveImages) Describe() string { return "" }

// Describe has nothing to add to the step's name.
func (RemovePaths) Describe() string { return "" }

// Describe shows the check's command, masked.
func (a AwaitReady) Describe() string {
	switch {
	case a.Check.Plugin != "":
		return "plugin " + a.Check.Plugin
	case len(a.Check.Test) < 2:
		return "running"
	case a.Check.Show == "":
		return "health check"
	}
	return shorten(a.Check.Show, 32)
}

// Describe says what is waited for.
func (AwaitExit) Describe() string { return "exit 0" }

// Describe has nothing to add to the step's name.
func (Record) Describe() string { return "" }

func replicas(names []string) string {
	if len(names) < 2 {
		return ""
	}
	return fmt.Sprintf("%d replicas", len(names))
}

func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Waits reports whether an action only waits for the world to change: it takes
// no slot of the executor and is cut short when the run fails.
func Waits(a Action) bool {
	switch a.(type) {
	case AwaitReady, AwaitExit:
		return true
	}
	return false
}

// Starts reports whether an action makes the engine start containers, which
// keeps its processors busy.
func Starts(a Action) bool {
	switch a := a.(type) {
	case StartContainers:
		return true
	case Compose:
		return len(a.Argv) > 0 && a.Argv[0] == "up"
	}
	return false
}
