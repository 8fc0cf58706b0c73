package load

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// ForeignStack is the error of a target that would change what others have made.
func ForeignStack(s *Session, origins []string) *failure.Error {
	f := failure.New(failure.Preflight, "project %q is of another checkout: %s", s.Project.Name, origins[0]).
		WithHint("mage env:isolate gives this checkout a stack of its own; mage %s -adopt takes that one over, its volumes kept", UpTarget(s))
	if len(origins) > 1 {
		f.Message = fmt.Sprintf("project %q is of other checkouts", s.Project.Name)
		f.Details = origins
	}
	return f
}

// Touchable is the state that a target may change, where it may.
func Touchable(ctx context.Context, s *Session, state observe.State) (observe.State, error) {
	makers := s.MakersOf(ctx, state)
	if others := makers.InTheWay(s.Project, state); len(others) > 0 {
		return state, ForeignStack(s, makers.Origins(others))
	}
	return makers.Planned(s.Project, state), nil
}

// WarnOthers says in a line, once, whose stack it is that a target looks at,
// where it is not this checkout's.
func WarnOthers(ctx context.Context, s *Session, state observe.State) {
	makers := s.MakersOf(ctx, state)
	if others := makers.InTheWay(s.Project, state); len(others) > 0 && !s.Warned {
		s.Warned = true
		f := ForeignStack(s, makers.Origins(others))
		_, _ = fmt.Fprintf(s.Run.Err, "note: %s\n", strings.Join(append([]string{f.Message}, f.Details...), "; "))
	}
}

// UpTarget is what brings all of the stack up that is looked at.
func UpTarget(s *Session) string {
	if s.Project.BackendFile() != "" {
		return "dev:up"
	}
	return "infra:up"
}
