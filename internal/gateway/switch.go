package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// interval is between two looks at the gateway, where something is awaited.
const interval = 50 * time.Millisecond

// Prepare gives the slots that are Staged their addresses and returns when the
// gateway's own checks find all of them well. None gets a request. How long it
// waits is ctx's; the error then names what the checks saw.
//
// HAProxy has a slot keep its last address until the new name is resolved, and
// calls it up without asking: a slot leads to an address that no host has until
// its name is resolved, and is down until a check has passed.
func (r Runtime) Prepare(ctx context.Context, slots Slots) error {
	staged := slots.in(Staged)
	now, err := r.State(ctx)
	if err != nil {
		return err
	}
	var vacate, name []command
	for _, s := range staged {
		old := now.Slot(s.backend, s.name)
		if old.Slot == "" {
			return failure.New(failure.Unexpected, "the gateway has no server %s", s.slot)
		}
		if old.Ready && old.resolved() {
			return failure.New(failure.Unexpected, "slot %s gets requests, for %s:%d: a release cannot be prepared there", s.slot, old.Name, old.Port)
		}
		vacate = append(vacate, s.state("maint"))
		if old.IP != "" {
			vacate = append(vacate, s.move(reserved, old.Port))
		}
		if old.Name == s.dns { // findings/haproxy-address-outlives-its-name.sh
			vacate = append(vacate, s.named("vacant.invalid"))
		}
		name = append(name, s.named(s.dns))
	}
	if err := r.run(ctx, append(vacate, name...)...); err != nil {
		return err
	}
	resolved, err := r.await(ctx, staged, func(_ staging, s ServerState) bool { return s.resolved() })
	if err != nil {
		return err
	}
	var check []command
	for _, s := range staged {
		ip := resolved.Slot(s.backend, s.name).IP
		check = append(check, s.move(ip, s.port), s.state("drain"), s.down())
	}
	if err := r.run(ctx, check...); err != nil {
		return err
	}
	_, err = r.await(ctx, staged, func(want staging, s ServerState) bool { return s.Up && s.At(want.address) })
	return err
}

// Switch has the slots that are Ready get all requests from now on, and those
// beside them none. Nothing changes when one of them is not up: failure.NotReady.
func (r Runtime) Switch(ctx context.Context, slots Slots) error {
	now, err := r.State(ctx)
	if err != nil {
		return err
	}
	ready := slots.in(Ready)
	if err := now.mustBeUp(ready); err != nil {
		return err
	}
	var commands []command
	for _, s := range ready {
		if !now.Slot(s.backend, s.name).Ready {
			commands = append(commands, s.state("ready"))
		}
		if other := s.neighbour(); now.Slot(other.backend, other.name).Ready {
			commands = append(commands, other.state("drain"))
		}
	}
	if err := r.run(ctx, commands...); err != nil {
		return err
	}
	now, err = r.State(ctx)
	if err != nil {
		return err
	}
	for _, s := range ready {
		other := s.neighbour()
		if !now.Slot(s.backend, s.name).Ready || now.Slot(other.backend, other.name).Ready {
			return failure.New(failure.Unexpected, "the gateway did not switch %s to slot %s", s.backend, s.name)
		}
	}
	return nil
}

func (o Observed) mustBeUp(ready []staging) error {
	var wrong []string
	for _, s := range ready {
		if state := o.Slot(s.backend, s.name); !state.Up || !state.At(s.address) {
			wrong = append(wrong, state.reason(s))
		}
	}
	if wrong == nil {
		return nil
	}
	return failure.New(failure.NotReady, "%s of the release not reachable from the gateway", plural(len(wrong))).WithDetails(wrong...)
}

func plural(services int) string {
	if services == 1 {
		return "a service is"
	}
	return fmt.Sprintf("%d services are", services)
}

// reason says in one line why a slot is not what it should be.
func (s ServerState) reason(want staging) string {
	why := strings.TrimSpace(s.Check + " " + s.Detail)
	switch {
	case s.Name == want.dns && !s.resolved():
		why = "the name is not known to the engine's DNS"
	case !s.At(want.address):
		why = fmt.Sprintf("slot %s leads to %s:%d", want.name, s.Name, s.Port)
	case !s.Ready && !s.Draining:
		why = fmt.Sprintf("slot %s is not checked", want.name)
	}
	return fmt.Sprintf("%s at %s: %s", want.backend, want.address, why)
}

// staging is a slot and what it is to lead to.
type staging struct {
	slot
	address string
	dns     string
	port    int
}

// neighbour is the other slot of the backend.
func (s slot) neighbour() slot {
	if s.name == slotNames[0] {
		return slot{s.backend, slotNames[1]}
	}
	return slot{s.backend, slotNames[0]}
}

// at is the name that a slot leads to; "" where it leads nowhere.
func (s Slots) at(at slot) string {
	name, _, _ := splitAddress(s[at.backend][slices.Index(slotNames[:], at.name)].Address)
	return name
}

// in lists the slots of one state.
func (s Slots) in(state State) []staging {
	var all []staging
	for _, backend := range s.backends() {
		for i, server := range s[backend] {
			if server.State == state {
				name, port, _ := splitAddress(server.Address)
				all = append(all, staging{slot{backend, slotNames[i]}, server.Address, name, port})
			}
		}
	}
	return all
}

// await looks until all slots satisfy, or ctx ends.
func (r Runtime) await(ctx context.Context, slots []staging, satisfied func(staging, ServerState) bool) (Observed, error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var last Observed
	for {
		now, err := r.State(ctx)
		if ctx.Err() != nil {
			return last, last.late(ctx, slots, satisfied)
		}
		if err != nil {
			return last, err
		}
		last = now
		if !slices.ContainsFunc(slots, func(s staging) bool { return !satisfied(s, now.Slot(s.backend, s.name)) }) {
			return now, nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return last, last.late(ctx, slots, satisfied)
		}
	}
}

// late says what was still missing when ctx ended.
func (o Observed) late(ctx context.Context, slots []staging, satisfied func(staging, ServerState) bool) error {
	var wrong []string
	for _, s := range slots {
		if state := o.Slot(s.backend, s.name); !satisfied(s, state) {
			wrong = append(wrong, state.reason(s))
		}
	}
	return failure.New(failure.NotReady, "%s of the release not reachable from the gateway: %w", plural(len(wrong)), context.Cause(ctx)).
		WithDetails(wrong...)
}
