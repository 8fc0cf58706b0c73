// Package timeline turns the events of a run into a value that says when each
// service was created, started and ready, what each start waited for, and
// which chain of waits made the run as long as it was. It imports plan's and
// engine's values, and state for Read and Write; apart from these it is pure.
package timeline

import (
	"fmt"
	"strings"
	"time"
)

// Version is that of the document; readers refuse any other.
const Version = 1

// State is how a service ended up in the run.
type State string

// The states. Started is a service that nothing waited for.
const (
	Ready     State = "ready"
	Done      State = "done" // a one-shot that exited 0
	Started   State = "started"
	Failed    State = "failed"
	Cancelled State = "cancelled" // the run ended before the service was ready
	Skipped   State = "skipped"   // something it needs failed
)

// Timeline is one run. All moments are milliseconds since Began, which is
// before the first event: the run also loads and observes.
type Timeline struct {
	Version  int       `json:"version"`
	Project  string    `json:"project"`
	Began    time.Time `json:"began"`
	TotalMS  int64     `json:"total_ms"` // to the last event
	Phases   []Phase   `json:"phases"`   // what was not about one service, by start
	Services []Service `json:"services"` // by start, those that never were last
	// CriticalPath names what the run had to wait for, first to last: phases
	// and services. Legs has the same chain with its moments.
	CriticalPath []string `json:"critical_path"`
	Legs         []Leg    `json:"legs"`
	// MedianLagMS is the median LagMS of the services that depend on another
	// one started or awaited in the same run; 0 where there is none.
	MedianLagMS int64 `json:"median_lag_ms"`
}

// Phase is a stretch of work for several services: "pull postgres:16",
// "create". "prepare" is what came before the first step.
type Phase struct {
	Name    string `json:"name"`
	StartMS int64  `json:"start_ms"`
	EndMS   int64  `json:"end_ms"`
	Failed  bool   `json:"failed,omitempty"`
}

// Service is the life of one service in the run; moments that did not happen
// in it are nil.
type Service struct {
	Name      string       `json:"name"`
	State     State        `json:"state"`
	CreatedMS *int64       `json:"created_ms,omitempty"` // the end of the creation it was part of
	StartedMS *int64       `json:"started_ms,omitempty"` // the start call
	RunningMS *int64       `json:"running_ms,omitempty"` // the start call's return
	ReadyMS   *int64       `json:"ready_ms,omitempty"`   // ready, or done
	EndedMS   *int64       `json:"ended_ms,omitempty"`   // failed or cancelled
	TookMS    *int64       `json:"took_ms,omitempty"`    // to ready or done, from its own start; where it ran already, from the first look
	DependsOn []Dependency `json:"depends_on"`           // that did not hold already when the run began
	WaitedFor string       `json:"waited_for,omitempty"` // the last thing before the start: a service or a phase
	LagMS     *int64       `json:"lag_ms,omitempty"`     // from the end of that to the start call
}

// Dependency is a condition that the start of a service waited for.
type Dependency struct {
	Service   string `json:"service"`
	Condition string `json:"condition"` // as Compose writes it: service_healthy
}

// Leg is one part of the critical path: from the moment the leg before it had
// ended to the moment that the next one waited for. Legs follow each other
// without a gap.
type Leg struct {
	Name    string `json:"name"`
	Service bool   `json:"service"` // a service, not a phase
	StartMS int64  `json:"start_ms"`
	EndMS   int64  `json:"end_ms"`
}

// Line is the critical path in one line:
// "create 0.9s → postgres 3.1s → api 1.2s"; "" where there is none.
func (t Timeline) Line() string {
	parts := make([]string, 0, len(t.Legs))
	for _, leg := range t.Legs {
		parts = append(parts, fmt.Sprintf("%s %s", leg.Name, seconds(leg.EndMS-leg.StartMS)))
	}
	return strings.Join(parts, " → ")
}

// Critical reports whether a leg of the critical path is this service.
func (t Timeline) Critical(service string) bool {
	for _, leg := range t.Legs {
		if leg.Service && leg.Name == service {
			return true
		}
	}
	return false
}

func seconds(ms int64) string { return fmt.Sprintf("%.1fs", float64(ms)/1000) }
