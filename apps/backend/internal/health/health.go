// Package health asks the backend's dependencies whether they answer.
package health

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Limit is how long a dependency may take to answer.
const Limit = 2 * time.Second

// Check asks one dependency.
type Check struct {
	Name string
	Ask  func(context.Context) error
}

// State is a dependency's, as /health shows it.
type State struct {
	Status    string  `json:"status"` // up or down
	LatencyMS float64 `json:"latency_ms"`
	Error     string  `json:"error,omitempty"` // what kind; the words of a driver are for the log alone
}

// Prober asks several dependencies.
type Prober struct {
	Checks []Check
	Now    func() time.Time
	Log    *slog.Logger
}

// Probe asks all at once and says whether all are up.
func (p Prober) Probe(ctx context.Context) (states map[string]State, up bool) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	list := make([]State, len(p.Checks))
	var wait sync.WaitGroup
	for i, check := range p.Checks {
		wait.Go(func() { list[i] = p.ask(ctx, check) })
	}
	wait.Wait()
	states, up = make(map[string]State, len(list)), true
	for i, state := range list {
		states[p.Checks[i].Name] = state
		up = up && state.Status == "up"
	}
	return states, up
}

func (p Prober) ask(ctx context.Context, check Check) State {
	began := p.Now()
	err := check.Ask(ctx)
	state := State{Status: "up", LatencyMS: float64(p.Now().Sub(began).Microseconds()) / 1000}
	if err == nil {
		return state
	}
	p.Log.Warn("dependency is down", "dependency", check.Name, "error", err)
	state.Status, state.Error = "down", "unavailable"
	if errors.Is(err, context.DeadlineExceeded) {
		state.Error = "no answer within " + Limit.String()
	}
	return state
}
