package load

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// Networks are the project's, with the running containers on them: one that
// has ended is in nobody's way.
func (s *Session) Networks(ctx context.Context) ([]infra.Leftover, error) {
	own, err := s.Client.Networks(ctx, s.Project.Name)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	running, err := s.Client.AllContainers(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]infra.Leftover, 0, len(own))
	for _, n := range own {
		off := func(c observe.Container) bool { return !slices.Contains(c.NetworkIDs, n.ID) }
		list = append(list, infra.Leftover{ID: n.ID, Name: n.Name, Users: slices.DeleteFunc(slices.Clone(running), off)})
	}
	return list, nil
}

// Volumes are the project's, with all containers that mount them: one that has
// ended holds on to its data as well.
func (s *Session) Volumes(ctx context.Context) ([]infra.Leftover, error) {
	names, err := s.Client.Volumes(ctx, s.Project.Name)
	if err != nil {
		return nil, err
	}
	var list []infra.Leftover
	for _, name := range names {
		users, err := s.Client.VolumeUsers(ctx, name)
		if err != nil {
			return nil, err
		}
		list = append(list, infra.Leftover{Name: name, Users: users})
	}
	return list, nil
}
