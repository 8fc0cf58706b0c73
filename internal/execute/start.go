package execute

import (
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// start starts a container. An engine before 25 refuses that where two networks have
// the name of one that it is to be on, and the second may come while we work: the
// engine does what a run had asked for even if that is killed meanwhile. The one that
// nothing is on is removed then, and the container started after all.
func (r *Runner) start(ctx context.Context, name string) error {
	err := r.Session.Client.Start(ctx, name)
	if err == nil || !strings.Contains(err.Error(), "is ambiguous") {
		return err
	}
	r.network.Lock()
	defer r.network.Unlock()
	s, p := r.Session, r.Session.Project
	state, lost := s.Observe(ctx)
	if lost != nil {
		return err
	}
	state.Networks, state.OnNetwork = observe.Networks(ctx, s.Client, func(list []observe.Network) bool { return infra.Duplicated(p, list) })
	for _, n := range infra.UnusedDuplicates(p, state) {
		if err := docker.Named(s.Client.RemoveNetwork(ctx, n.ID), n.ID, n.Name); err != nil {
			return err
		}
	}
	return s.Client.Start(ctx, name)
}
