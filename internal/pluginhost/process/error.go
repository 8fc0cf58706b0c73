package process

import (
	"fmt"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Code is what went wrong, for programs.
type Code string

// The codes of an Error.
const (
	StartFailed      Code = "START_FAILED"      // the executable could not be run
	HandshakeTimeout Code = "HANDSHAKE_TIMEOUT" // no handshake or no connection within StartTimeout
	BadHandshake     Code = "BAD_HANDSHAKE"     // the first line on stdout is no handshake of ours
	APIVersion       Code = "API_VERSION"       // the plugin speaks another version of the protocol
	CallTimeout      Code = "CALL_TIMEOUT"      // no answer by the deadline
	Unresponsive     Code = "UNRESPONSIVE"      // a silent stream whose plugin gives no sign of life
	Crashed          Code = "CRASHED"           // the process ended by itself
	Unreachable      Code = "UNREACHABLE"       // the process lives, its socket does not, or speaks no gRPC
	Garbage          Code = "GARBAGE"           // an answer that is not of the contract
	TooLarge         Code = "TOO_LARGE"         // a message over pluginv1.MaxMessage
	Flooded          Code = "FLOODED"           // more output than anybody reads
	Canceled         Code = "CANCELLED"         // the caller's context ended
	Unimplemented    Code = "UNIMPLEMENTED"     // the plugin has no such method
	Refused          Code = "PLUGIN_ERROR"      // the plugin itself answered with an error
	Closed           Code = "CLOSED"            // a call after Close
	StillRunning     Code = "STILL_RUNNING"     // SIGKILL did not end it in time: it hangs in the kernel
)

// Error is how everything here fails: which plugin, in which phase, why. What is
// decided, is decided by Code.
type Error struct {
	Plugin string
	// Phase is start, handshake, connect, describe, validate, render, probe,
	// "hook post_ready", "invoke topics", backup, restore, cancel or close.
	Phase   string
	Code    Code
	Summary string
	Hint    string // what to do next; may be empty
	// Output is the end of what a crashed plugin wrote to stderr, at most 10 lines
	// of 4 KiB. Error() leaves it out: only a caller that knows the secrets that
	// the plugin was given can mask them, before it cuts the lines shorter.
	Output []string
	// Cause is a context's error where there is one, else nil.
	Cause error
}

// Error is one line: plugin "kafka", probe: no answer within 10s.
func (e *Error) Error() string {
	return fmt.Sprintf("plugin %q, %s: %s", e.Plugin, e.Phase, e.Summary)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// hint is what helps with a code; the same for all plugins, so that it is in one
// place.
func hint(plugin string, code Code) string {
	test := "mage plugin:test " + plugin
	switch code {
	case StartFailed:
		return "is it built for this machine? mage plugin:verify"
	case HandshakeTimeout, BadHandshake:
		return "is it a Spellbook plugin (sdk.Serve)? " + test
	case APIVersion:
		return "build the plugin against this Spellbook's plugins/sdk, or update Spellbook"
	case Crashed, Garbage, Unreachable, Unresponsive, Flooded, TooLarge, Unimplemented:
		return test + " shows whether it keeps to the contract"
	case CallTimeout:
		return "try again; if it stays so: " + test
	}
	return ""
}

// hookPhase names a hook as its manifest does: hook post_ready.
func hookPhase(phase pluginv1.Phase) string {
	switch phase {
	case pluginv1.Phase_PHASE_PRE_UP:
		return "hook pre_up"
	case pluginv1.Phase_PHASE_POST_READY:
		return "hook post_ready"
	case pluginv1.Phase_PHASE_PRE_DOWN:
		return "hook pre_down"
	}
	return "hook"
}
