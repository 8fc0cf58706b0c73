package sdk

import "fmt"

// Status is what one probe found.
type Status struct {
	readiness  readiness
	reason     string
	detail     string
	diagnostic *Diagnostic
}

type readiness int

const (
	ready readiness = iota + 1
	notYet
	fatal
)

// Ready says that the service can be used; detail is what infra:status shows:
// "1 broker, 3 topics".
func Ready(format string, args ...any) Status {
	return Status{readiness: ready, detail: fmt.Sprintf(format, args...)}
}

// NotYet says why the service cannot be used yet; it is probed again.
func NotYet(err error) Status { return Status{readiness: notYet, reason: err.Error()} }

// Fatal says that waiting will not help.
func Fatal(d Diagnostic) Status { return Status{readiness: fatal, reason: d.Summary, diagnostic: &d} }

// Diagnostic is a finding about values, a fragment or a running service.
type Diagnostic struct {
	Warning bool   // an error otherwise
	Code    string // for programs: UPPER_CASE, stable
	Summary string
	Path    string // a variable's name, or a path in the fragment
	Hint    string // what to do next
}

// Error makes a diagnostic an error that keeps its code and hint.
func (d Diagnostic) Error() string { return d.Summary }

// ExitError ends a command with a code of its own, silently.
type ExitError int

// Error names the code.
func (e ExitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
