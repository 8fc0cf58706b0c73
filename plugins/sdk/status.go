package sdk

import (
	"fmt"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Status is what one probe found.
type Status struct {
	readiness  pluginv1.Readiness
	reason     string
	detail     string
	diagnostic *Diagnostic
}

// Ready says that the service can be used; detail is what infra:status shows:
// "1 broker, 3 topics".
func Ready(format string, args ...any) Status {
	return Status{readiness: pluginv1.Readiness_READINESS_READY, detail: fmt.Sprintf(format, args...)}
}

// NotYet says why the service cannot be used yet; it is probed again.
func NotYet(err error) Status {
	if err == nil {
		return Status{readiness: pluginv1.Readiness_READINESS_NOT_YET, reason: "no reason given"}
	}
	return Status{readiness: pluginv1.Readiness_READINESS_NOT_YET, reason: err.Error()}
}

// Fatal says that waiting will not help.
func Fatal(d Diagnostic) Status {
	return Status{readiness: pluginv1.Readiness_READINESS_FATAL, reason: d.Summary, diagnostic: &d}
}

// proto is the answer of a probe. A Status that the author left empty waits.
func (s Status) proto() *pluginv1.ProbeResponse {
	if s.readiness == pluginv1.Readiness_READINESS_UNSPECIFIED {
		s = NotYet(nil)
	}
	answer := &pluginv1.ProbeResponse{Readiness: s.readiness, Reason: text(s.reason), Detail: text(s.detail)}
	if s.diagnostic != nil {
		answer.Diagnostic = s.diagnostic.proto()
	}
	return answer
}

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

func (d Diagnostic) proto() *pluginv1.Diagnostic {
	severity := pluginv1.Severity_SEVERITY_ERROR
	if d.Warning {
		severity = pluginv1.Severity_SEVERITY_WARNING
	}
	if d.Code == "" {
		d.Code = CodeFailed
	}
	return &pluginv1.Diagnostic{Severity: severity, Code: text(d.Code), Summary: text(d.Summary), Path: text(d.Path), Hint: text(d.Hint)}
}

func protos(list []Diagnostic) []*pluginv1.Diagnostic {
	answer := make([]*pluginv1.Diagnostic, 0, len(list))
	for _, d := range list {
		answer = append(answer, d.proto())
	}
	return answer
}

// The codes that the SDK gives of its own accord.
const (
	CodeFailed    = "FAILED"               // an error without a code
	CodePanic     = "PANIC"                // the function panicked; its stack is in the log
	CodeCancelled = pluginv1.CodeCancelled // the host, or a signal, ended the call
	CodeDeadline  = "DEADLINE_EXCEEDED"    // the call's time is over
)

// ExitError ends a command with a code of its own, silently.
type ExitError int

// Error names the code.
func (e ExitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
