package report

import (
	"errors"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// deed is what a step does, in words.
type deed struct{ doing, done string }

func deedOf(s plan.Step) deed {
	if d, image := imageDeed(s); image {
		return d
	}
	switch a := s.Action.(type) {
	case plan.PullImage:
		return deed{"pulling", "pulled"}
	case plan.Compose:
		return composeDeed(s, a)
	case plan.StartContainers:
		return deed{"starting", "started"}
	case plan.StopContainers:
		return deed{"stopping", "stopped"}
	case plan.AwaitReady:
		return deed{"starting", "ready"}
	case plan.AwaitExit:
		return deed{"running", "done"}
	case plan.CallHook:
		return deed{a.Phase, "done"}
	}
	return deed{"removing", "removed"}
}

func composeDeed(s plan.Step, a plan.Compose) deed {
	switch {
	case s.Service != "":
		return deed{"starting", "started"}
	case len(a.Argv) > 0 && a.Argv[0] == "create":
		return deed{"creating", "created"}
	case len(a.Argv) > 0:
		return deed{"running compose " + a.Argv[0], "done"}
	}
	return deed{"running compose", "done"}
}

// hidden steps are bookkeeping that tells a reader nothing.
func hidden(s plan.Step) bool {
	_, record := s.Action.(plan.Record)
	return record
}

// starts: the step is the start of a service.
func starts(s plan.Step) bool {
	switch s.Action.(type) {
	case plan.StartContainers:
		return true
	case plan.Compose:
		return s.Service != ""
	}
	return false
}

// subjectOf is what a step is about: a service, or a kind of thing.
func subjectOf(s plan.Step) string {
	if s.Service != "" {
		return s.Service
	}
	if ref := refOf(s); ref != "" {
		return shortName(ref)
	}
	switch a := s.Action.(type) {
	case plan.PullImage:
		return a.Image
	case plan.CallHook:
		return "plugin " + a.Plugin
	case plan.RemoveNetwork:
		return "networks"
	case plan.RemoveVolumes:
		return "volumes"
	case plan.RemoveImages:
		return "images"
	case plan.RemovePaths:
		return "files"
	}
	return "containers"
}

// objects are the things a step names that its subject does not.
func objects(s plan.Step) string {
	switch a := s.Action.(type) {
	case plan.PullImage:
		return a.Image
	case plan.StartContainers:
		return several(a.Names)
	case plan.StopContainers:
		return several(a.Names)
	case plan.RemoveContainers:
		return several(a.Names)
	case plan.RemoveNetwork:
		return a.Name
	case plan.RemoveVolumes:
		return strings.Join(a.Names, ", ")
	case plan.RemoveImages:
		return strings.Join(a.Refs, ", ")
	case plan.RemovePaths:
		return strings.Join(a.Paths, ", ")
	}
	return imageObjects(s)
}

func several(names []string) string {
	if len(names) < 2 {
		return ""
	}
	return fmt.Sprintf("%d containers", len(names))
}

// reason is why a step failed, without the parts that a line says anyway.
func reason(err error) string {
	var exit *engine.ExitError
	var unhealthy engine.UnhealthyError
	var told *failure.Error
	switch {
	case err == nil:
		return "no reason given"
	case errors.As(err, &exit):
		return exit.Error()
	case errors.As(err, &unhealthy):
		return unhealthy.Error()
	case errors.As(err, &told):
		return told.Message
	}
	return err.Error()
}

// join puts words together with blanks, leaving out the empty ones.
func join(words ...string) string {
	var some []string
	for _, w := range words {
		if w != "" {
			some = append(some, w)
		}
	}
	return strings.Join(some, " ")
}

// bracket is text in brackets, or nothing.
func bracket(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}
