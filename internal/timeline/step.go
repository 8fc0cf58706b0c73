package timeline

import "github.com/infinitescribe/spellbook/internal/plan"

// ofService: the step is part of a service's own life in the run.
func ofService(s plan.Step) bool {
	lane := s.Action.Lane()
	return s.Service != "" && (lane == plan.LaneStart || lane.Waits())
}

// phaseName is what a step is called that is no part of a service's life; ""
// where it is, and for bookkeeping.
func phaseName(s plan.Step) string {
	if ofService(s) {
		return ""
	}
	return s.Action.Phase(s.Service)
}
