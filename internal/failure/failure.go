// Package failure holds the one error type that reaches a user: a message, a
// hint that says what to type next, and the exit code of the process. It is a
// leaf: it imports nothing of Spellbook.
package failure

import (
	"errors"
	"fmt"
	"strings"
)

// Code is a process exit code. The README lists them.
type Code int

// The exit codes of every target.
const (
	OK          Code = 0   // success
	Unexpected  Code = 1   // a defect, or something nobody foresaw
	Usage       Code = 2   // wrong flags or arguments
	Preflight   Code = 3   // no engine, port taken, bad Compose file, bad environment
	NotReady    Code = 4   // a service did not become ready
	Refused     Code = 5   // confirmation refused or missing
	Locked      Code = 6   // another run holds the lock
	RolledBack  Code = 7   // a deployment was rolled back
	Changes     Code = 8   // what was asked about is not as it would be
	HungUp      Code = 129 // SIGHUP
	Interrupted Code = 130 // SIGINT
	Terminated  Code = 143 // SIGTERM
)

// Error is what a user can cause or cure. Mage prints it and exits with
// ExitStatus.
type Error struct {
	Code    Code
	Message string   // one line, no trailing full stop
	Details []string // further lines, printed indented as they are
	Hint    string   // what to type next; may be empty
	Cause   error    // may be nil
}

// New returns an Error with a formatted message; %w in format sets Cause.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Cause: errors.Unwrap(err)}
}

// WithHint returns e with the hint set.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithDetails returns e with lines added below the message.
func (e *Error) WithDetails(lines ...string) *Error {
	e.Details = append(e.Details, lines...)
	return e
}

// Error is the whole text for a terminal: message, details, hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for _, line := range e.Details {
		b.WriteString("\n  " + line)
	}
	if e.Hint != "" {
		b.WriteString("\n  → " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ExitStatus is what Mage looks for on the outermost error.
func (e *Error) ExitStatus() int { return int(e.Code) }

// CodeOf is the exit code that err asks for: OK for nil, Unexpected when no
// Error is in its chain.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Unexpected
}
