package status

import (
	"github.com/infinitescribe/spellbook/internal/jsondoc"
)

// Failure says why one service is not ready.
type Failure struct {
	Service    string   `json:"service"`
	Container  string   `json:"container,omitempty"` // which of several
	State      State    `json:"state"`
	Reason     string   `json:"reason"`
	ExitCode   *int     `json:"exit_code,omitempty"`
	OOMKilled  bool     `json:"oom_killed,omitempty"`
	Health     string   `json:"health_output,omitempty"` // the last output of the health check
	Logs       []string `json:"logs"`                    // the last 20 lines
	NoLog      string   `json:"no_log,omitempty"`        // the logging driver, where it keeps none
	Hint       string   `json:"hint,omitempty"`
	NotStarted []string `json:"not_started,omitempty"` // dependents that never began
}

// MarshalJSON writes lists that are empty as [], never as null.
func (f Failure) MarshalJSON() ([]byte, error) {
	type document Failure
	f.Logs = jsondoc.List(f.Logs)
	return jsondoc.Marshal(document(f))
}
