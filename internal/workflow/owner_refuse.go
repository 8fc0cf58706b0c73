package workflow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
)

// take looks at the engine, and refuses where what is there is of another
// checkout, unless it is to be taken over.
func (u *up) take(ctx context.Context) (err error) {
	if u.state, err = u.observe(ctx); err != nil {
		return err
	}
	makers := u.makersOf(ctx, u.state)
	others := makers.InTheWay(u.project, u.state)
	u.state, u.taken = makers.Planned(u.project, u.state), nil
	if len(others) == 0 {
		return nil
	}
	if err := u.adopt(ctx, u.foreign(makers.Origins(others)), gone(makers, others)); err != nil {
		return err
	}
	u.taken = map[string]string{}
	for _, c := range others {
		u.taken[c.Service] = makers[c.ID].String()
	}
	return nil
}

// adopt refuses to take over what is another's, unless the user has said so,
// or says on a terminal that it is his own, moved.
func (u *up) adopt(ctx context.Context, refusal *failure.Error, moved bool) error {
	switch {
	case u.o.Adopt:
		return nil
	case moved && u.w.InTerminal && !u.o.Dry:
		if err := u.w.confirm(ctx, refusal.Message+".\nIs it this checkout, moved, to be taken over with its volumes", false); err != nil {
			return err
		}
		u.o.Adopt = true
		return nil
	}
	return refusal
}

// volumesFree refuses to use volumes that are noted as another checkout's,
// where no container of ours says otherwise.
func (u *up) volumesFree(ctx context.Context) error {
	if len(u.state.Containers) > 0 || !u.checkout(ctx).Shared() {
		return nil
	}
	makers, err := u.volumeMakers(ctx)
	if err != nil {
		return err
	}
	groups, all := map[string][]string{}, true
	for name, m := range makers {
		if m.Whose == ownership.Others && u.project.HasVolume(name) {
			groups[m.String()] = append(groups[m.String()], name)
			all = all && m.Gone
		}
	}
	if len(groups) == 0 {
		return nil
	}
	var lines []string
	for _, from := range slices.Sorted(maps.Keys(groups)) {
		lines = append(lines, fmt.Sprintf("%s (its data in %s)", from, strings.Join(slices.Sorted(slices.Values(groups[from])), ", ")))
	}
	return u.adopt(ctx, u.foreign(lines), all)
}

// gone: all of it was made from directories that are no more.
func gone(makers infra.Makers, list []observe.Container) bool {
	return !slices.ContainsFunc(list, func(c observe.Container) bool { return !makers[c.ID].Gone })
}

// foreign is the error of a target that would change what others have made.
func (s *session) foreign(origins []string) *failure.Error {
	f := failure.New(failure.Preflight, "project %q is of another checkout: %s", s.project.Name, origins[0]).
		WithHint("mage env:isolate gives this checkout a stack of its own; mage %s -adopt takes that one over, its volumes kept", s.upTarget())
	if len(origins) > 1 {
		f.Message = fmt.Sprintf("project %q is of other checkouts", s.project.Name)
		f.Details = origins
	}
	return f
}

// touchable is the state that a target may change, where it may.
func (s *session) touchable(ctx context.Context, state observe.State) (observe.State, error) {
	makers := s.makersOf(ctx, state)
	if others := makers.InTheWay(s.project, state); len(others) > 0 {
		return state, s.foreign(makers.Origins(others))
	}
	return makers.Planned(s.project, state), nil
}

// tellOthers says in a line, once, whose stack it is that a target looks at,
// where it is not this checkout's.
func (s *session) tellOthers(ctx context.Context, state observe.State) {
	makers := s.makersOf(ctx, state)
	if others := makers.InTheWay(s.project, state); len(others) > 0 && !s.told {
		s.told = true
		f := s.foreign(makers.Origins(others))
		_, _ = fmt.Fprintf(s.w.Err, "note: %s\n", strings.Join(append([]string{f.Message}, f.Details...), "; "))
	}
}
