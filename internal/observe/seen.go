package observe

import (
	"maps"
	"time"
)

// Seen is what was seen of containers, by ID, each with the start that it is
// true of: a later start makes it stale.
type Seen struct {
	// Proven are those whose health check our own probe passed. Docker says
	// "starting" of them until its own timer comes round.
	Proven map[string]time.Time `json:"proven,omitempty"`
	// At is when that was: an "unhealthy" of before is stale.
	At map[string]time.Time `json:"at,omitempty"`
	// Ended are one-shots that were seen to end with 0 by themselves.
	Ended map[string]time.Time `json:"ended,omitempty"`
	// Stopped are those that a target of ours stopped.
	Stopped map[string]time.Time `json:"stopped,omitempty"`
	// Unhooked are those whose post_start hook failed: they run, and what the hook was
	// to do is not done.
	Unhooked map[string]time.Time `json:"unhooked,omitempty"`
}

// Prove notes that a start was ready at a moment.
func (s *Seen) Prove(id string, start, at time.Time) {
	put(&s.Proven, id, start)
	put(&s.At, id, at)
}

// End notes that a start ended well.
func (s *Seen) End(id string, start time.Time) { put(&s.Ended, id, start) }

// Stop notes that a start was stopped.
func (s *Seen) Stop(id string, start time.Time) { put(&s.Stopped, id, start) }

// Unhook notes that a hook of a start failed.
func (s *Seen) Unhook(id string, start time.Time) { put(&s.Unhooked, id, start) }

func put(m *map[string]time.Time, id string, start time.Time) {
	if *m == nil {
		*m = map[string]time.Time{}
	}
	(*m)[id] = start
}

// Empty reports whether nothing was seen.
func (s *Seen) Empty() bool { return len(s.Proven)+len(s.Ended)+len(s.Stopped)+len(s.Unhooked) == 0 }

// Add takes over what another has seen later.
func (s *Seen) Add(later Seen) {
	for _, pair := range []struct {
		to   *map[string]time.Time
		from map[string]time.Time
	}{{&s.Proven, later.Proven}, {&s.At, later.At}, {&s.Ended, later.Ended}, {&s.Stopped, later.Stopped}, {&s.Unhooked, later.Unhooked}} {
		for id, start := range pair.from {
			put(pair.to, id, start)
		}
	}
}

// Forget drops the containers that gone names.
func (s *Seen) Forget(gone func(id string) bool) {
	for _, m := range []map[string]time.Time{s.Proven, s.At, s.Ended, s.Stopped, s.Unhooked} {
		maps.DeleteFunc(m, func(id string, _ time.Time) bool { return gone(id) })
	}
}
