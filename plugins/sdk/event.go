package sdk

import (
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// tell sends an event; where nobody listens, in a probe, it is dropped. That
// the host is gone is told by the end of the call's context.
func (r *Run) tell(e *pluginv1.Event) {
	if r.send != nil {
		_ = r.send(e)
	}
}

func (r *Run) resource(kind, name string, c pluginv1.Change) {
	r.tell(&pluginv1.Event{Kind: &pluginv1.Event_Resource{Resource: &pluginv1.Resource{Kind: text(kind), Name: text(name), Change: c}}})
}

func logEvent(level pluginv1.Level, message string, fields map[string]string) *pluginv1.Event {
	return &pluginv1.Event{Kind: &pluginv1.Event_Log{Log: &pluginv1.Log{Level: level, Message: text(message), Fields: fields}}}
}

func outputEvent(s pluginv1.Stream, data []byte) *pluginv1.Event {
	return &pluginv1.Event{Kind: &pluginv1.Event_Output{Output: &pluginv1.Output{Stream: s, Data: data}}}
}

func resultEvent(r *pluginv1.Result) *pluginv1.Event {
	return &pluginv1.Event{Kind: &pluginv1.Event_Result{Result: r}}
}

// text is what protobuf takes for a string: one bad byte in a topic's name
// would break the whole stream.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
