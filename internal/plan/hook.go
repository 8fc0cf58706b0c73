package plan

import "time"

// CallHook runs a hook of a plugin: pre_up, post_ready or pre_down. What it
// does it may do again.
type CallHook struct {
	Plugin, Hook string
	Timeout      time.Duration
}

// Describe has nothing to add to the step's name.
func (CallHook) Describe() string { return "" }

// Kind is hook.
func (CallHook) Kind() string { return "hook" }

// Verb is the hook's name.
func (a CallHook) Verb() Verb { return Verb{Doing: a.Hook, Done: "done"} }

// Lane is the ordinary one.
func (CallHook) Lane() Lane { return LaneWork }

// Object is the plugin.
func (a CallHook) Object() Object { return Object{Noun: "plugin " + a.Plugin} }

// Phase is plugin and hook.
func (a CallHook) Phase(string) string { return a.Plugin + " " + a.Hook }
