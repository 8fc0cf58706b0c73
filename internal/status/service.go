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
	Age     string   `json:"-"`                  // how long it has been so, in the engine's words: "3 minutes"
	Since   string   `json:"since,omitempty"`    // since when, by RFC 3339; where it was asked for
	ReadyMS *int64   `json:"ready_ms,omitempty"` // from the start of up to ready
	TookMS  *int64   `json:"took_ms,omitempty"`  // from its own start to ready, which is what progress and tables tell
	// Container is which of several the state is of, where it is not ready.
	Container string `json:"container,omitempty"`
	// Containers is how many there are, when not one.
	Containers int `json:"containers,omitempty"`
	// Instances are its containers, where they were asked for; nil where not.
	Instances []Instance `json:"instances,omitempty"`
}

// Instance is one container of a service, as the engine has it. Times are by
// RFC 3339, empty where there was none yet.
type Instance struct {
	Container string `json:"container"` // its name
	ID        string `json:"id"`
	Image     string `json:"image,omitempty"`
	State     string `json:"state"`               // the engine's word: running, exited, …
	Health    string `json:"health,omitempty"`    // healthy, unhealthy or starting; empty without a health check
	ExitCode  *int   `json:"exit_code,omitempty"` // of one that has ended
	Restarts  int    `json:"restarts"`
	Created   string `json:"created,omitempty"`
	Started   string `json:"started,omitempty"`
	Finished  string `json:"finished,omitempty"`
	Ports     []Port `json:"ports"` // the published ones
}

// Port is a container's port, published on the host.
type Port struct {
	IP        string `json:"ip,omitempty"`
	Host      uint16 `json:"host"`
	Container uint16 `json:"container"`
	Protocol  string `json:"protocol"`
}

// MarshalJSON writes lists that are empty as [], never as null.
func (i Instance) MarshalJSON() ([]byte, error) {
	type document Instance
	i.Ports = jsondoc.List(i.Ports)
	return jsondoc.Marshal(document(i))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Service) MarshalJSON() ([]byte, error) {
	type document Service
	s.URLs = jsondoc.List(s.URLs)
	return jsondoc.Marshal(document(s))
}
