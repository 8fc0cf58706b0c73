package timeline

import "github.com/infinitescribe/spellbook/internal/plan"

// isStart: the step starts the containers of one service.
func isStart(s plan.Step) bool {
	switch a := s.Action.(type) {
	case plan.StartContainers:
		return true
	case plan.Compose:
		return s.Service != "" && len(a.Argv) > 0 && a.Argv[0] == "up"
	}
	return false
}

func isCreate(s plan.Step) bool {
	a, ok := s.Action.(plan.Compose)
	return ok && !isStart(s) && len(a.Argv) > 0 && a.Argv[0] == "create"
}

// ofService: the step is part of a service's own life in the run.
func ofService(s plan.Step) bool {
	return s.Service != "" && (isStart(s) || plan.Waits(s.Action))
}

// phaseName is what a step is called that is no part of a service's life; ""
// where it is, and for bookkeeping.
func phaseName(s plan.Step) string {
	if ofService(s) {
		return ""
	}
	switch a := s.Action.(type) {
	case plan.PullImage:
		return "pull " + a.Image
	case plan.Compose:
		return composeName(a)
	case plan.CallHook:
		return a.Plugin + " " + a.Phase
	case plan.StopContainers:
		return "stop " + subject(s, "containers")
	case plan.RemoveContainers:
		return "remove " + subject(s, "containers")
	case plan.RemoveNetwork:
		return "remove networks"
	case plan.RemoveVolumes:
		return "remove volumes"
	case plan.RemoveImages:
		return "remove images"
	case plan.RemovePaths:
		return "remove files"
	}
	return ""
}

func composeName(a plan.Compose) string {
	if len(a.Argv) == 0 {
		return "compose"
	}
	return a.Argv[0]
}

func subject(s plan.Step, otherwise string) string {
	if s.Service != "" {
		return s.Service
	}
	return otherwise
}
