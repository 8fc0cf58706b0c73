package infra

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
)

// Take looks at the engine, and refuses where what is there is of another
// checkout, unless it is to be taken over.
func (u *UpRun) Take(ctx context.Context) (err error) {
	if u.state, err = u.Observe(ctx); err != nil {
		return err
	}
	makers := u.MakersOf(ctx, u.state)
	others := makers.InTheWay(u.Project, u.state)
	u.state, u.taken = makers.Planned(u.Project, u.state), nil
	if len(others) == 0 {
		return nil
	}
	if err := u.adopt(ctx, load.ForeignStack(u.Session, makers.Origins(others)), gone(makers, others)); err != nil {
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
func (u *UpRun) adopt(ctx context.Context, refusal *failure.Error, moved bool) error {
	switch {
	case u.Options.Adopt:
		return nil
	case moved && u.Run.InTerminal && !u.Options.Dry:
		if err := u.Run.Confirm(ctx, refusal.Message+".\nIs it this checkout, moved, to be taken over with its volumes", false); err != nil {
			return err
		}
		u.Options.Adopt = true
		return nil
	}
	return refusal
}

// volumesFree refuses to use volumes that are noted as another checkout's,
// where no container of ours says otherwise.
func (u *UpRun) volumesFree(ctx context.Context) error {
	if len(u.state.Containers) > 0 || !u.Checkout(ctx).Shared() {
		return nil
	}
	makers, err := u.VolumeMakers(ctx)
	if err != nil {
		return err
	}
	groups, all := map[string][]string{}, true
	for name, m := range makers {
		if m.Whose == ownership.Others && u.Project.HasVolume(name) {
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
	return u.adopt(ctx, load.ForeignStack(u.Session, lines), all)
}

// gone: all of it was made from directories that are no more.
func gone(makers infra.Makers, list []observe.Container) bool {
	return !slices.ContainsFunc(list, func(c observe.Container) bool { return !makers[c.ID].Gone })
}
