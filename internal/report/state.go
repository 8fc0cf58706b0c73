package report

import "time"

// State is what a service is in, the word of every document and table.
type State string

// The states.
const (
	Ready     State = "ready"
	Starting  State = "starting"
	Unhealthy State = "unhealthy"
	Completed State = "done" // a one-shot that exited 0
	Failed    State = "failed"
	Exited    State = "exited"
	Absent    State = "absent"
)

// Service is one row of a status.
type Service struct {
	Name    string   `json:"name"`
	State   State    `json:"state"`
	Image   string   `json:"image,omitempty"`
	URLs    []string `json:"urls"`
	Detail  string   `json:"detail,omitempty"`
	Since   string   `json:"since,omitempty"`    // the engine's words, "3 minutes"
	ReadyMS *int64   `json:"ready_ms,omitempty"` // from the start of up to ready
	// Containers is how many there are, when not one.
	Containers int `json:"containers,omitempty"`
}

// Up is the document of infra:up -json.
type Up struct {
	Version      int       `json:"version"`
	Project      string    `json:"project"`
	Environment  string    `json:"environment,omitempty"`
	OK           bool      `json:"ok"`
	Changed      bool      `json:"changed"` // false when there was nothing to do
	TookMS       int64     `json:"took_ms"`
	CriticalPath []string  `json:"critical_path"`
	Services     []Service `json:"services"`
	Failures     []Failure `json:"failures"`
	Error        string    `json:"error,omitempty"`
	ExitCode     int       `json:"exit_code"`
}

// Failure says why one service is not ready.
type Failure struct {
	Service    string   `json:"service"`
	State      State    `json:"state"`
	Reason     string   `json:"reason"`
	ExitCode   *int     `json:"exit_code,omitempty"`
	OOMKilled  bool     `json:"oom_killed,omitempty"`
	Health     string   `json:"health_output,omitempty"` // the last output of the health check
	Logs       []string `json:"logs"`                    // the last 20 lines
	Hint       string   `json:"hint,omitempty"`
	NotStarted []string `json:"not_started,omitempty"` // dependents that never began
}

// Status is the document of infra:status -json.
type Status struct {
	Version     int       `json:"version"`
	Project     string    `json:"project"`
	Environment string    `json:"environment,omitempty"`
	Ready       bool      `json:"ready"`
	MadeFrom    []string  `json:"made_from,omitempty"` // the other checkouts whose stack it is
	Services    []Service `json:"services"`
	Error       string    `json:"error,omitempty"` // nothing is known of the services
	ExitCode    int       `json:"exit_code,omitempty"`
}

// Took is a duration as reports print it.
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
