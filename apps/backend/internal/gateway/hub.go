package gateway

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

// backlog is how many events a listener may be behind. Who is slower is cut
// off, and resumes with the last id that it read.
const backlog = 256

// Hub hands events to all who listen. The zero value is ready.
type Hub struct {
	mu        sync.Mutex
	listeners map[chan novel.Event]bool
	closed    bool
}

// Listen returns a channel that is closed when the listener is too slow or
// the hub closes, and a function to call when done.
func (h *Hub) Listen() (events <-chan novel.Event, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan novel.Event, backlog)
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.listeners == nil {
		h.listeners = map[chan novel.Event]bool{}
	}
	h.listeners[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(c)
	}
}

// Publish hands an event to all, and waits for nobody.
func (h *Hub) Publish(e novel.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.listeners {
		select {
		case c <- e:
		default:
			h.drop(c)
		}
	}
}

// Close ends every stream of events, and those that are still to come.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.listeners {
		h.drop(c)
	}
}

func (h *Hub) drop(c chan novel.Event) {
	if h.listeners[c] {
		delete(h.listeners, c)
		close(c)
	}
}

// Source is the stream of events in Redis; see stream.Client.
type Source interface {
	Last(context.Context) (string, error)
	Next(ctx context.Context, id string) ([]novel.Event, error)
}

// Follow publishes what the source brings until ctx ends. After an error it
// goes on where it was, a second later.
func (h *Hub) Follow(ctx context.Context, source Source, log *slog.Logger) {
	last := ""
	for ctx.Err() == nil {
		var err error
		if last == "" {
			last, err = source.Last(ctx)
		}
		if err == nil {
			last, err = h.step(ctx, source, last)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("events are late", "error", err)
			pause(ctx, time.Second)
		}
	}
}

func (h *Hub) step(ctx context.Context, source Source, last string) (string, error) {
	events, err := source.Next(ctx, last)
	for _, e := range events {
		h.Publish(e)
		last = e.ID
	}
	return last, err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
