package process

import (
	"os"
	"time"
)

// Spec says what to start and within which bounds.
type Spec struct {
	// Name is the plugin's: it is in every error and every log line.
	Name string
	// File is the opened executable. Its bytes have been hashed through this very
	// descriptor, and on Linux this descriptor is what runs, whatever has
	// become of its path since. Start does not close it; it may be closed when
	// Start has returned.
	File *os.File
	// Args follow the name in argv. Never a secret.
	Args []string
	// Dir is the plugin's own working directory, "" for its socket directory.
	Dir string
	// Environ is the whole environment (NAME=value): an allow-list, as nothing is
	// inherited. go-plugin's own variables are added.
	Environ []string
	// MTLS makes both sides prove who they are. Without it the private socket
	// directory (0700) is what keeps others out; a plugin that listens on TCP is
	// then refused.
	MTLS bool
	// StartTimeout bounds Start whole, CallTimeout each unary call and each sign
	// of life of a silent stream, KillGrace the friendly part of Close and of a
	// cancelled stream. 0 means DefaultStartTimeout, DefaultCallTimeout,
	// DefaultKillGrace.
	StartTimeout, CallTimeout, KillGrace time.Duration
	// signOfLife bounds the answer to the question whether the plugin still runs (CallTimeout); settle is how long a
	// broken connection may be ahead of the end of the process that broke it, its last words included.
	signOfLife, settle time.Duration
	// Log gets each log line, in the order of the stream, from a goroutine of the
	// process; level is trace, debug, info, warn or error. nil drops them.
	Log func(level, message string, fields map[string]string)
}

// The bounds of a Spec that names none.
const (
	DefaultStartTimeout = 10 * time.Second
	DefaultCallTimeout  = 10 * time.Second
	DefaultKillGrace    = 2 * time.Second
	defaultSettle       = 2 * time.Second
)

// withDefaults is the Spec with every bound set, so that nothing is unbounded
// by being forgotten.
func (s Spec) withDefaults() Spec {
	orElse := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	orElse(&s.StartTimeout, DefaultStartTimeout)
	orElse(&s.CallTimeout, DefaultCallTimeout)
	orElse(&s.KillGrace, DefaultKillGrace)
	orElse(&s.signOfLife, s.CallTimeout)
	orElse(&s.settle, defaultSettle)
	if s.Log == nil {
		s.Log = func(string, string, map[string]string) {}
	}
	return s
}
