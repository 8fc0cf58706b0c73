package test

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/observe"
)

// clashed reports whether another has a port that was chosen for the stack; these
// are chosen anew.
func (t *starting) clashed(ctx context.Context) bool {
	if t.session == nil || ctx.Err() != nil {
		return false
	}
	list, err := t.session.Client.AllContainers(ctx)
	if err != nil {
		return false
	}
	ours, others := map[uint16]bool{}, map[uint16]bool{}
	for _, c := range list {
		for _, p := range c.Ports {
			if c.Project == t.Project {
				ours[p.Host] = true
			} else {
				others[p.Host] = true
			}
		}
	}
	found := false
	for _, p := range t.ports {
		low := t.record.Ports[p.Key]
		for n := low; n < low+p.Count; n++ {
			if others[n] || !ours[n] && !t.session.Client.Remote() && !observe.Free(n) {
				delete(t.record.Ports, p.Key)
				found = true
			}
		}
	}
	if found {
		t.known = true // the record stays, without these ports
	}
	return found
}
