package engine

import (
	"sync"
)

// sink hands events on one at a time.
type sink struct {
	mu sync.Mutex
	to func(Event)
}

func (s *sink) send(e Event) {
	if s.to == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to(e)
}
