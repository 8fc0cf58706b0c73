package report

import (
	"time"

	"github.com/infinitescribe/spellbook/internal/status"
)

// Up is the document of infra:up -json.
type Up struct {
	Version      int              `json:"version"`
	Project      string           `json:"project"`
	Environment  string           `json:"environment,omitempty"`
	OK           bool             `json:"ok"`
	Changed      bool             `json:"changed"` // something was made, recreated, removed, started or pulled, or a hook was called
	TookMS       int64            `json:"took_ms"`
	CriticalPath []string         `json:"critical_path"`
	Services     []status.Service `json:"services"`
	Failures     []status.Failure `json:"failures"`
	Error        string           `json:"error,omitempty"`
	ExitCode     int              `json:"exit_code"`
}

// Status is the document of infra:status -json.
type Status struct {
	Version     int              `json:"version"`
	Project     string           `json:"project"`
	Environment string           `json:"environment,omitempty"`
	Ready       bool             `json:"ready"`
	MadeFrom    []string         `json:"made_from,omitempty"` // the other checkouts whose stack it is
	Services    []status.Service `json:"services"`
	Error       string           `json:"error,omitempty"` // nothing is known of the services
	ExitCode    int              `json:"exit_code,omitempty"`
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
