package readiness

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Pace is the rhythm of our own looks: for a port that is listened on every
// Gate, and then with the health check, after First and every Max at last, longer
// where the engine is slow.
type Pace struct{ Gate, First, Max time.Duration }

// DefaultPace probes every 100 ms at first and every second at last.
var DefaultPace = Pace{Gate: 50 * time.Millisecond, First: 100 * time.Millisecond, Max: time.Second}

// AwaitReady returns nil once t is ready: Docker says healthy, or our own
// probe succeeded while a published port is listened on; without a check,
// running and settled, or ended with 0 if it is a one-shot. When it returns no probe
// of ours is at work.
func (p *Prober) AwaitReady(ctx context.Context, t Target, check plan.Check, note func(engine.Note)) error {
	ctx, cancel := context.WithCancel(ctx)
	a := &await{prober: p, target: t, check: check, note: note, sights: t.Watch(ctx), pace: DefaultPace, left: check.Docker, forgiven: -1}
	a.probed = make(chan attempt, 1)
	err := a.loop(ctx)
	cancel()
	if a.probing {
		<-a.probed
	}
	return err
}

type await struct {
	prober   *Prober
	target   Target
	check    plan.Check
	note     func(engine.Note)
	sights   <-chan Sight
	probed   chan attempt
	pace     Pace
	wait     time.Duration // until the next probe
	takes    time.Duration // the longest probe so far
	timer    *time.Timer
	running  bool
	probing  bool
	onHost   bool // on the host's network
	looked   bool // at least one sight
	doubt    bool // Docker's unhealthy may be of before: one probe decides
	doubted  int  // Docker's failures in a row then
	left     bool // to Docker's own timer
	beside   attempt
	held     *Sight // Docker's unhealthy while a probe of ours is at work
	forgiven int    // Docker's failures in a row that are not believed; -1 for none
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
			if ready, err := a.judge(got); ready || err != nil {
				return err
			}
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
	a.compare()
	switch {
	case s.Lost != nil:
		return false, s.Lost
	case s.Gone:
		return false, &ExitError{Gone: true}
	case s.Health == HealthUnhealthy && s.Running:
		return false, a.unhealthy(s)
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

// unhealthy is believed at once, but for two: one of before, as after a pause, when
// Docker says so until its timer comes round, and one that a probe of ours beside
// Docker's may have brought about, which is known once that has ended.
func (a *await) unhealthy(s Sight) error {
	if a.probing {
		a.held = &s
		return nil
	}
	if !a.looked && a.left {
		a.forgiven = s.Failures
	}
	switch {
	case s.Failures <= a.forgiven:
		return nil
	case a.beside.beside:
		a.forgiven, a.beside.beside = s.Failures, false
		return nil
	case a.doubt || !a.looked:
		a.doubt, a.doubted = true, s.Failures
		a.started(s)
		return nil
	}
	return UnhealthyError{}
}

// started sets the rhythm going when the container begins to run.
func (a *await) started(s Sight) {
	if a.running {
		return
	}
	a.running, a.onHost = true, s.HostNetwork
	if len(a.check.Test) == 0 && s.Health != HealthNone {
		a.check.Test, a.check.Timeout = s.Check.Test, s.Check.Timeout
		a.left = a.left || a.prober.Noted != nil && a.prober.Noted(a.check)
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
// was listened on yet, or where Docker's own check was too near, which costs nothing
// to look at.
type attempt struct {
	ready, probed bool
	took          time.Duration
	late          bool // it had to be ended
	near          bool // Docker's own check was too near for it to begin
	beside        bool // Docker ran the check at the same time
	run           int  // which of Docker's that was
}

// fire looks in the background, so that an exit is seen meanwhile.
func (a *await) fire(ctx context.Context) {
	if !a.running || a.probing || a.left && len(a.check.Test) > 0 {
		return
	}
	a.probing = true
	check, onHost, room := a.check, a.onHost, a.room()
	go func() { a.probed <- a.look(ctx, check, onHost, room) }()
}

// room is how long the next probe may take. Of one that has not run nothing is known.
func (a *await) room() time.Duration {
	if a.takes == 0 {
		return max(a.pace.Max/2, 2*a.prober.Latency())
	}
	return a.takes*3/2 + a.pace.First
}

// look is one attempt; without a check, to have settled is enough.
func (a *await) look(ctx context.Context, check plan.Check, onHost bool, room time.Duration) attempt {
	if len(check.Test) == 0 {
		return attempt{ready: true}
	}
	if len(check.Ports) > 0 || onHost {
		if yes, known := a.target.Listening(ctx, check.Ports); !yes || !known {
			return attempt{}
		}
	}
	return a.prober.probe(ctx, a.target, check, room)
}

// judge takes what a look came to. One that Docker ran the check beside counts for
// nothing: what excludes the other may have failed, or let the other fail.
func (a *await) judge(got attempt) (ready bool, err error) {
	switch {
	case got.beside:
		a.leave(got, "its health check ran twice at once")
	case got.ready:
		return true, nil
	case a.doubt && got.near: // Docker's next run decides, as ours may not begin
		a.left, a.doubt, a.forgiven = true, false, a.doubted
	case a.doubt:
		return false, UnhealthyError{}
	case got.late:
		a.leave(got, fmt.Sprintf("its health check took longer than %s", timeoutOf(a.check)))
	default:
		a.again(got)
	}
	if s := a.held; s != nil {
		a.held = nil
		return false, a.unhealthy(*s)
	}
	return false, nil
}

// leave has Docker's own timer alone run the check from now on.
func (a *await) leave(got attempt, why string) {
	a.left, a.doubt, a.beside = true, false, got
	a.note(engine.Note{Text: why + ", and is left to Docker", Lasting: true})
	a.compare()
}

// compare looks how Docker's run beside ours has ended: where it failed and ours did
// not, the check does not bear a second one.
func (a *await) compare() {
	if !a.beside.beside || !a.beside.ready {
		return
	}
	if t := a.target.Timer(); t.Ended >= a.beside.run {
		a.beside.ready = false
		if t.Failed {
			a.prober.bearsNot(a.check)
		}
	}
}

// again sets the next look; only real probes back off, and rest for as long as they took.
func (a *await) again(last attempt) {
	wait := a.pace.Gate
	if last.probed {
		a.takes = max(a.takes, last.took)
		a.wait = min(a.wait*9/8, a.pace.Max)
		wait = max(time.Duration(float64(a.wait)*a.prober.slack()), last.took)
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
