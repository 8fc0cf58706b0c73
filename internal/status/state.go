// Package status says what a service is: its state, where it is reached, and
// why it is not ready. Planners make it and reports show it; it imports nothing
// of ours but jsondoc.
package status

// State is what a service is in, the word of every document and table.
type State string

// The states.
const (
	Ready     State = "ready"
	Starting  State = "starting"
	Unhealthy State = "unhealthy"
	Completed State = "done" // a one-shot that exited 0
	Failed    State = "failed"
	Exited    State = "exited"
	Absent    State = "absent"
)
