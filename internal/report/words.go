package report

import (
	"errors"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

// starts: the step is the start of a service.
func starts(s plan.Step) bool { return s.Action.Lane() == plan.LaneStart }

// waits: the step only waits.
func waits(s plan.Step) bool { return s.Action.Lane().Waits() }

// subjectOf is what a step is about: a service, or a kind of thing.
func subjectOf(s plan.Step) string {
	if s.Service != "" {
		return s.Service
	}
	if ref := refOf(s); ref != "" {
		return shortName(ref)
	}
	return s.Action.Object().Noun
}

// objects are the things a step names that its subject does not.
func objects(s plan.Step) string {
	o := s.Action.Object()
	switch {
	case o.Image.Ref != "":
		return references(o.Names)
	case len(o.Containers) > 1:
		return fmt.Sprintf("%d containers", len(o.Containers))
	}
	return strings.Join(o.Names, ", ")
}

// reason is why a step failed, without the parts that a line says anyway.
func reason(err error) string {
	var exit *readiness.ExitError
	var unhealthy readiness.UnhealthyError
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
