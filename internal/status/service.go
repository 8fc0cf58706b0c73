package status

import (
	"github.com/infinitescribe/spellbook/internal/jsondoc"
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
	// Container is which of several the state is of, where it is not ready.
	Container string `json:"container,omitempty"`
	// Containers is how many there are, when not one.
	Containers int `json:"containers,omitempty"`
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Service) MarshalJSON() ([]byte, error) {
	type document Service
	s.URLs = jsondoc.List(s.URLs)
	return jsondoc.Marshal(document(s))
}
