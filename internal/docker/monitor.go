package docker

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// Monitor follows the event stream of one project and wakes who watches a
// container. It is subscribed before anything is inspected and reopens the
// stream when that breaks, so that no change is missed.
type Monitor struct {
	client  *Client
	project string
	mu      sync.Mutex
	watches map[string]map[*watch]bool // by container name
	timers  map[string]*timer          // as well
	own     map[string]bool            // execs that are probes of ours
	skew    time.Duration              // how far the engine's clock is before ours
	clocked bool
}

type watch struct {
	poke     chan struct{} // of one, "look again"
	mu       sync.Mutex
	lastExit int
}

// Monitor opens the stream; it ends with ctx. When it returns, the engine has
// answered the subscription.
func (c *Client) Monitor(ctx context.Context, project string) *Monitor {
	m := &Monitor{client: c, project: project, watches: map[string]map[*watch]bool{}, timers: map[string]*timer{}, own: map[string]bool{},
		clocked: c.Local()}
	stream := m.subscribe(ctx)
	go m.follow(ctx, stream)
	return m
}

func (m *Monitor) subscribe(ctx context.Context) client.EventsResult {
	f := make(client.Filters).
		Add("type", string(events.ContainerEventType)).
		Add("label", LabelProject+"="+m.project).
		Add("event", "start", "die", "oom", "destroy", "pause", "unpause", "health_status", "rename", "exec_start", "exec_die")
	return m.client.api.Events(ctx, client.EventsListOptions{Filters: f})
}

func (m *Monitor) follow(ctx context.Context, stream client.EventsResult) {
	for ctx.Err() == nil {
		m.drain(ctx, stream)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
			stream = m.subscribe(ctx)
			m.pokeAll()
		}
	}
}

// drain hands events on until the stream breaks.
func (m *Monitor) drain(ctx context.Context, stream client.EventsResult) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-stream.Err: //nolint:errcheck // whatever broke the stream, it is opened again
			return
		case e := <-stream.Messages:
			m.dispatch(e)
		}
	}
}

func (m *Monitor) dispatch(e events.Message) {
	name, exec := e.Actor.Attributes["name"], e.Actor.Attributes["execID"]
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.client.Local() {
		if skew := time.Until(time.Unix(0, e.TimeNano)); !m.clocked || skew > m.skew {
			m.skew, m.clocked = skew, true // whatever is more is the time of its way
		}
	}
	failed := m.timer(name).event(e, m.own[exec])
	for w := range m.watches[name] {
		switch {
		case failed: // the engine puts it down a moment later
			time.AfterFunc(100*time.Millisecond, w.wake)
		case exec == "":
			if e.Action == events.ActionDie {
				w.died(e.Actor.Attributes["exitCode"])
			}
			w.wake()
		}
	}
	if e.Action == events.ActionExecDie {
		delete(m.own, exec)
	}
}

// claim notes an exec as ours.
func (m *Monitor) claim(exec string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.own[exec] = true
}

// timer is that of a container; m is locked.
func (m *Monitor) timer(name string) *timer {
	if m.timers[name] == nil {
		m.timers[name] = &timer{}
	}
	return m.timers[name]
}

func (m *Monitor) pokeAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, set := range m.watches {
		for w := range set {
			w.wake()
		}
	}
}

func (m *Monitor) add(name string) *watch {
	w := &watch{poke: make(chan struct{}, 1)}
	w.wake()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watches[name] == nil {
		m.watches[name] = map[*watch]bool{}
	}
	m.watches[name][w] = true
	return w
}

func (m *Monitor) drop(name string, w *watch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.watches[name], w)
}

func (w *watch) wake() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

func (w *watch) died(code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lastExit, _ = strconv.Atoi(code)
}

func (w *watch) exit() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lastExit
}
