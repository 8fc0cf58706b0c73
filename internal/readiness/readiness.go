// Package readiness judges when a service is ready or has ended, by what the
// engine says of its containers and by its own check. It imports engine for the
// notes of a step, and plan; it knows no Docker.
package readiness

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
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
	// Probe runs the health check's command once.
	Probe(ctx context.Context, check plan.Check) (ok bool, err error)
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

// Pace is the rhythm of our own looks: for a port that is listened on every
// Gate, and then with the health check, after First and every Max at last.
type Pace struct{ Gate, First, Max time.Duration }

// DefaultPace probes every 100 ms at first and every second at last.
var DefaultPace = Pace{Gate: 50 * time.Millisecond, First: 100 * time.Millisecond, Max: time.Second}

// AwaitReady returns nil once t is ready: Docker says healthy, or our own
// probe succeeded while a published port is listened on; without a check,
// running and settled, or ended with 0 if it is a one-shot.
func AwaitReady(ctx context.Context, t Target, check plan.Check, note func(engine.Note)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &await{target: t, check: check, note: note, sights: t.Watch(ctx), pace: DefaultPace}
	a.probed = make(chan attempt, 1)
	return a.loop(ctx)
}

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

type await struct {
	target   Target
	check    plan.Check
	note     func(engine.Note)
	sights   <-chan Sight
	probed   chan attempt
	pace     Pace
	wait     time.Duration // until the next probe
	timer    *time.Timer
	running  bool
	probing  bool
	onHost   bool // on the host's network
	looked   bool // at least one sight
	doubt    bool // Docker's unhealthy may be of before: one probe decides
	restarts int
}

func (a *await) loop(ctx context.Context) error {
	a.timer = time.NewTimer(time.Hour)
	defer a.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case s := <-a.sights:
			if ready, err := a.see(s); ready || err != nil {
				return err
			}
		case got := <-a.probed:
			a.probing = false
			switch {
			case got.ready:
				return nil
			case a.doubt:
				return UnhealthyError{}
			}
			a.again(got)
		case <-a.timer.C:
			a.fire(ctx)
		}
	}
}

// see judges one sight.
func (a *await) see(s Sight) (ready bool, err error) {
	defer func() { a.looked = true }() // after this one
	if s.Restarts > a.restarts {
		a.restarts = s.Restarts
		if a.looked { // what was before the first look is history
			a.note(engine.Note{Text: fmt.Sprintf("exited with code %d, restarted", s.ExitCode), Warning: true})
		}
	}
	switch {
	case s.Lost != nil:
		return false, s.Lost
	case s.Gone:
		return false, &ExitError{Gone: true}
	case s.Health == HealthUnhealthy && s.Running && (a.doubt || !a.looked):
		a.doubt, a.looked = true, true // after a pause Docker says so until its timer comes round
		a.started(s)
		return false, nil
	case s.Health == HealthUnhealthy && s.Running:
		return false, UnhealthyError{}
	case s.Health == HealthHealthy && s.Running:
		return true, nil
	case s.Restarts >= MaxRestarts && !s.Running:
		return false, &ExitError{Code: s.ExitCode, OOMKilled: s.OOMKilled, Restarts: s.Restarts}
	case s.Restarting, s.Created, s.Paused:
		a.running = false
		return false, nil
	case s.Running && a.check.Needed && s.Health == HealthNone:
		return false, UncheckedError{}
	case s.Running:
		a.started(s)
		return false, nil
	case s.Revives:
		return false, nil
	case s.ExitCode == 0 && a.check.OneShot:
		a.note(engine.Note{End: "done"})
		return true, nil
	}
	return false, &ExitError{Code: s.ExitCode, OOMKilled: s.OOMKilled, Restarts: s.Restarts}
}

// started sets the rhythm going when the container begins to run.
func (a *await) started(s Sight) {
	if a.running {
		return
	}
	a.running, a.onHost = true, s.HostNetwork
	if len(a.check.Test) == 0 && s.Health != HealthNone {
		a.check.Test, a.check.Timeout = s.Check.Test, s.Check.Timeout
	}
	if len(a.check.Ports) == 0 {
		a.check.Ports = s.Check.Ports
	}
	a.wait = a.pace.First
	switch {
	case len(a.check.Test) == 0 && s.Restarts > 0:
		a.timer.Reset(Stable)
	case len(a.check.Test) == 0:
		a.timer.Reset(Settled)
	case len(a.check.Ports) > 0:
		a.timer.Reset(a.pace.Gate)
	default:
		a.timer.Reset(a.wait)
	}
}

// attempt is what one look of our own came to; probed is false where no port
// was listened on yet, which costs nothing to look at.
type attempt struct{ ready, probed bool }

// fire looks in the background, so that an exit is seen meanwhile.
func (a *await) fire(ctx context.Context) {
	if !a.running || a.probing {
		return
	}
	a.probing = true
	check, onHost := a.check, a.onHost
	go func() { a.probed <- look(ctx, a.target, check, onHost) }()
}

// look is one attempt; without a check, to have settled is enough.
func look(ctx context.Context, t Target, check plan.Check, onHost bool) attempt {
	if len(check.Test) == 0 {
		return attempt{ready: true}
	}
	if len(check.Ports) > 0 || onHost {
		if yes, known := t.Listening(ctx, check.Ports); !yes || !known {
			return attempt{}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, timeoutOf(check))
	defer cancel()
	ok, err := t.Probe(ctx, check)
	return attempt{ready: err == nil && ok, probed: true}
}

// again sets the next look; only real probes back off.
func (a *await) again(last attempt) {
	wait := a.pace.Gate
	if last.probed {
		a.wait = min(a.wait*9/8, a.pace.Max)
		wait = a.wait
	}
	if a.running {
		a.timer.Reset(wait)
	}
}

func timeoutOf(c plan.Check) time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return 30 * time.Second
}
