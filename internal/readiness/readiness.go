// Package readiness judges when a service is ready or has ended, by what the
// engine says of its containers and by its own check. It imports engine for the
// notes of a step, and plan; it knows no Docker.
package readiness

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// Health is Docker's own word on a container's health check.
type Health string

// The health states of the Engine API; HealthNone where there is no check.
const (
	HealthNone      Health = ""
	HealthStarting  Health = "starting"
	HealthHealthy   Health = "healthy"
	HealthUnhealthy Health = "unhealthy"
)

// Sight is a container as seen at one moment.
type Sight struct {
	Gone       bool // removed
	Created    bool // never started
	Running    bool
	Restarting bool
	Paused     bool
	OOMKilled  bool
	ExitCode   int
	Restarts   int  // by its restart policy, since it was created
	Revives    bool // a restart policy brings it back after an exit
	Health     Health
	Failures   int // of the health check in a row, by Docker's timer
	// HostNetwork: its check may be answered by another program of the machine.
	HostNetwork bool
	// Lost is why nothing can be seen any more; nil as long as it can.
	Lost error
	// Check is the health check as the engine has it, which includes one that
	// the image brings; used where the model has none. Its Ports are those
	// that the container publishes, else those that the image exposes.
	Check plan.Check
}

// Target is one container that readiness looks at.
type Target interface {
	// Watch sends a Sight at once and on every change until ctx ends.
	Watch(ctx context.Context) <-chan Sight
	// Listening reports whether the container listens on one of the TCP ports,
	// on any where none is named, on an address that others reach. known is false where
	// there is no way to tell.
	Listening(ctx context.Context, ports []uint16) (yes, known bool)
	// Probe runs the health check's command once; latency is how long the
	// engine took to get it going. When ctx ends, so does the command.
	Probe(ctx context.Context, check plan.Check) (ok bool, latency time.Duration, err error)
	// Timer is what Docker does with the same check meanwhile.
	Timer() Timer
}

// ExitError says that a container ended when it should have stayed up, or
// ended with an error.
type ExitError struct {
	Code      int
	OOMKilled bool
	Restarts  int
	Gone      bool
}

func (e *ExitError) Error() string {
	switch {
	case e.Gone:
		return "its container was removed"
	case e.OOMKilled:
		return fmt.Sprintf("exited with code %d: out of memory, killed by the kernel", e.Code)
	case e.Restarts > 0:
		return fmt.Sprintf("exited with code %d and was restarted %d times", e.Code, e.Restarts)
	}
	return fmt.Sprintf("exited with code %d", e.Code)
}

// UnhealthyError says that Docker gave up on the health check.
type UnhealthyError struct{}

func (UnhealthyError) Error() string { return "is unhealthy" }

// UncheckedError says that others wait for a container to be healthy, and that it has
// no health check. Source: docker/compose isServiceHealthy, which refuses it too.
type UncheckedError struct{}

func (UncheckedError) Error() string {
	return "has no health check, and others depend on it with condition: service_healthy"
}

// MaxRestarts is how often a container may be revived by its restart policy
// before waiting for it is given up.
const MaxRestarts = 3

// Settled is how long a service without a health check must have been running
// to count as ready: a wrong command ends sooner.
const Settled = 300 * time.Millisecond

// Stable is how long it must have been running where its restart policy has started
// it again: Docker takes it for one that stays up then.
const Stable = 10 * time.Second

// AwaitExit returns nil once t has ended with 0.
func AwaitExit(ctx context.Context, t Target) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sights := t.Watch(ctx)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case s := <-sights:
			if over, err := exited(s); over || err != nil {
				return err
			}
		}
	}
}

// exited reports the end of a one-shot.
func exited(s Sight) (bool, error) {
	switch {
	case s.Lost != nil:
		return true, s.Lost
	case s.Gone:
		return true, &ExitError{Gone: true}
	case s.Running, s.Restarting, s.Created, s.Paused:
		if s.Restarting && s.Restarts >= MaxRestarts {
			return true, &ExitError{Code: s.ExitCode, OOMKilled: s.OOMKilled, Restarts: s.Restarts}
		}
		return false, nil
	case s.ExitCode != 0:
		return true, &ExitError{Code: s.ExitCode, OOMKilled: s.OOMKilled}
	}
	return true, nil
}
