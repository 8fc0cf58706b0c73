package observe

import (
	"context"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/project"
)

// Sharing are the services whose network, IPC or PID name space a service shares,
// by network_mode, ipc and pid: service:NAME.
func Sharing(p *project.Project, service string) []string {
	s := p.Model.Services[service]
	var list []string
	for _, mode := range []string{s.NetworkMode, s.Ipc, s.Pid} {
		if owner, shared := strings.CutPrefix(mode, "service:"); shared && !slices.Contains(list, owner) {
			list = append(list, owner)
		}
	}
	return list
}

// detach finds running containers that share a name space which is gone: the engine
// gives a container new ones at each start, and whoever shared the old ones stays in
// them, without a network for example.
func detach(ctx context.Context, c Lister, p *project.Project, s State) {
	for _, name := range p.Services() {
		owners := Sharing(p, name)
		if len(owners) == 0 {
			continue
		}
		for i := range s.Containers[name] {
			one := &s.Containers[name][i]
			if one.State == "running" {
				one.Detached, one.Remade = detachedFrom(ctx, c, s, owners, one.ID)
			}
		}
	}
}

func detachedFrom(ctx context.Context, c Lister, s State, owners []string, id string) (owner string, remade bool) {
	joined, err := c.Joined(ctx, id)
	if err != nil {
		return "", false
	}
	started, err := c.StartedAt(ctx, id)
	if err != nil {
		return "", false
	}
	for _, owner := range owners {
		have := s.Containers[owner]
		at := slices.IndexFunc(have, func(o Container) bool { return slices.Contains(joined, o.ID) })
		if at < 0 && len(have) > 0 {
			return owner, true
		}
		if at < 0 || have[at].State != "running" {
			continue
		}
		if again, err := c.StartedAt(ctx, have[at].ID); err == nil && again.After(started) {
			return owner, false
		}
	}
	return "", false
}
