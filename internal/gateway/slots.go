package gateway

import (
	"fmt"
	"maps"
	"slices"
)

// State is what a slot is to do.
type State int

// The states of a slot.
const (
	Free   State = iota // no release, or one that got its last request
	Staged              // checked, no requests yet
	Ready               // gets the requests
	Drain               // keeps its open requests and streams, gets no new ones
)

var stateNames = [...]string{"free", "staged", "ready", "drain"}

func (s State) String() string { return stateNames[s] }

// MarshalText is the word: free, staged, ready or drain.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("state %q of a slot is none of %v", text, stateNames)
	}
	*s = State(i)
	return nil
}

// Server is one slot of a backend and the release in it.
type Server struct {
	Release string `json:"release,omitempty"`
	Address string `json:"address,omitempty"` // NAME:PORT, a name that only this release's container has; "" when Free
	State   State  `json:"state"`
}

// Pair is the slots a and b of a backend.
type Pair [2]Server

var slotNames = [2]string{"a", "b"}

// Slots is each backend's pair by Route.Backend. Its methods return new values;
// as JSON it is kept beside the configuration that was made of it.
type Slots map[string]Pair

// Staged has a release in the slots that are not Ready, at these addresses by
// backend. What was there is no more: drain it first.
func (s Slots) Staged(release string, addresses map[string]string) Slots {
	next := maps.Clone(s)
	if next == nil {
		next = Slots{}
	}
	for backend, address := range addresses {
		pair := next[backend]
		slot := 0
		if pair[0].State == Ready {
			slot = 1
		}
		pair[slot] = Server{Release: release, Address: address, State: Staged}
		next[backend] = pair
	}
	return next
}

// Switched sends requests to what is Staged, and drains what was Ready beside it.
func (s Slots) Switched() Slots { return s.swap(Staged) }

// Reverted takes Switched back, for as long as what drains has not been freed.
func (s Slots) Reverted() Slots { return s.swap(Drain) }

// swap makes the slots of state from Ready, and their Ready neighbours Drain.
func (s Slots) swap(from State) Slots {
	return s.each(func(pair Pair) Pair {
		chosen := slices.IndexFunc(pair[:], func(server Server) bool { return server.State == from })
		if chosen < 0 {
			return pair
		}
		if other := &pair[1-chosen]; other.State == Ready {
			other.State = Drain
		}
		pair[chosen].State = Ready
		return pair
	})
}

// Freed empties the slots that are not Ready.
func (s Slots) Freed() Slots {
	return s.each(func(pair Pair) Pair {
		for i := range pair {
			if pair[i].State != Ready {
				pair[i] = Server{}
			}
		}
		return pair
	})
}

func (s Slots) each(change func(Pair) Pair) Slots {
	next := make(Slots, len(s))
	for backend, pair := range s {
		next[backend] = change(pair)
	}
	return next
}

// backends are the names, sorted.
func (s Slots) backends() []string { return slices.Sorted(maps.Keys(s)) }

func (p Pair) validate(backend string) error {
	if p[0].State == Ready && p[1].State == Ready {
		return fmt.Errorf("backend %q: both slots are ready, with %q and %q", backend, p[0].Release, p[1].Release)
	}
	for i, server := range p {
		if server.State == Free {
			continue
		}
		if _, _, err := splitAddress(server.Address); err != nil {
			return fmt.Errorf("backend %q, slot %s: %w", backend, slotNames[i], err)
		}
	}
	return nil
}
