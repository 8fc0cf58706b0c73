package plan

import "time"

// CallHook runs a phase of a plugin: pre_up, post_ready or pre_down. What it
// does it may do again.
type CallHook struct {
	Plugin, Phase string
	Timeout       time.Duration
}

func (CallHook) action() {}

// Describe has nothing to add to the step's name.
func (CallHook) Describe() string { return "" }
