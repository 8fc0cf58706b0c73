package plan

import (
	"strings"
	"time"
)

// AwaitReady waits until every container of a service is ready.
type AwaitReady struct {
	Names []string
	Check Check
}

// AwaitExit waits until a one-shot has ended with 0.
type AwaitExit struct{ Names []string }

// Check is how a service is found to be ready.
type Check struct {
	// Test is the Compose form: {"CMD", …} or {"CMD-SHELL", line}; empty means
	// no health check, so running is ready.
	Test []string
	// Show is the command of Test for people, its secrets masked; Test itself is
	// never shown.
	Show    string
	Timeout time.Duration // of one attempt; 0 means 30 s, as Docker has it
	// Needed: others wait for service_healthy, which nothing says of a container that
	// has no health check.
	Needed bool
	// Ports are the container ports the service publishes over TCP: our own
	// probe counts only while one of them is listened on.
	Ports []uint16
	// OneShot services may end with 0 instead of staying up.
	OneShot bool
	// Docker: its own timer alone runs Test, and no probe of ours.
	Docker bool
	// Plugin has to say ready as well; "" where no plugin is asked.
	Plugin string
}

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

// Kind is await_ready.
func (AwaitReady) Kind() string { return "await_ready" }

// Verb is that of the start that is waited for.
func (AwaitReady) Verb() Verb { return Verb{Doing: "starting", Done: "ready"} }

// Lane is that of waits.
func (AwaitReady) Lane() Lane { return LaneReady }

// Object is the containers, with the command of a health check.
func (a AwaitReady) Object() Object {
	o := containersOf(a.Names)
	if len(a.Check.Test) > 1 {
		o.Check = a.Describe()
	}
	return o
}

// Phase is none: a wait is part of its service's life.
func (AwaitReady) Phase(string) string { return "" }

// Describe says what is waited for.
func (AwaitExit) Describe() string { return "exit 0" }

// Kind is await_exit.
func (AwaitExit) Kind() string { return "await_exit" }

// Verb is that of the one-shot.
func (AwaitExit) Verb() Verb { return Verb{Doing: "running", Done: "done"} }

// Lane is that of waits.
func (AwaitExit) Lane() Lane { return LaneExit }

// Object is the containers.
func (a AwaitExit) Object() Object { return containersOf(a.Names) }

// Phase is none: a wait is part of its service's life.
func (AwaitExit) Phase(string) string { return "" }

func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
