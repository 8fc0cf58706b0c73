package gateway

import (
	"context"
	"time"
)

// Drain waits until the slots that are in Drain have no requests and streams
// open, all at once, then frees them. What is open after grace is cut. progress
// is told how many are left whenever that has changed; it may be nil.
//
// A free slot gets the name that its neighbour has: HAProxy goes on asking for the
// one that it had, and the engine's DNS asks the name servers behind it for a name
// that no container has any more.
func (r Runtime) Drain(ctx context.Context, slots Slots, grace time.Duration, progress func(left int)) error {
	draining := slots.in(Drain)
	if err := r.awaitEmpty(ctx, draining, grace, progress); err != nil {
		return err
	}
	var commands []command
	for _, s := range draining {
		commands = append(commands, s.state("maint"), s.shutdown())
		if name := slots.at(s.neighbour()); name != "" && name != s.dns {
			commands = append(commands, s.named(name))
		}
	}
	return r.run(ctx, commands...)
}

func (r Runtime) awaitEmpty(ctx context.Context, draining []staging, grace time.Duration, progress func(int)) error {
	end := time.NewTimer(grace)
	defer end.Stop()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	told := -1
	for {
		now, err := r.State(ctx)
		if err != nil {
			return err
		}
		left := 0
		for _, s := range draining {
			left += now.Slot(s.backend, s.name).Sessions
		}
		if progress != nil && left != told {
			progress(left)
		}
		if told = left; left == 0 {
			return nil
		}
		select {
		case <-ticker.C:
		case <-end.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
