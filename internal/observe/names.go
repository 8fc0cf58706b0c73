package observe

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/project"
)

// WantedName is a name on the engine that a service needs and cannot have: one of a
// container that is another's, one of a network or volume that is external and is
// not there, or one of a container that it joins.
type WantedName struct {
	Kind    string // container, network, volume or joined
	Name    string
	Service string // that needs it
	Holder  Holder // of a container's name; of one that is joined, if it is there
}

// names asks the engine only for what the files mention.
func names(ctx context.Context, c Prober, p *project.Project, s State) ([]WantedName, error) {
	every := sync.OnceValues(func() ([]Container, error) { return c.EveryContainer(ctx) })
	held, err := heldNames(p, s, every)
	if err != nil {
		return nil, err
	}
	networks, err := absent(p, "network", externalNetworks, func() ([]string, error) {
		all, err := c.Networks(ctx, "")
		var list []string
		for _, n := range all {
			list = append(list, n.Name)
		}
		return list, err
	})
	if err != nil {
		return nil, err
	}
	volumes, err := absent(p, "volume", externalVolumes, func() ([]string, error) { return c.Volumes(ctx, "") })
	if err != nil {
		return nil, err
	}
	joined, err := joinedNames(p, every)
	return slices.Concat(held, networks, volumes, joined), err
}

// joinedNames are of containers that a service takes by their own names and that the
// engine does not have or, where a namespace of theirs is shared, that do not run.
func joinedNames(p *project.Project, every func() ([]Container, error)) ([]WantedName, error) {
	var list []WantedName
	for _, service := range p.Services() {
		joined := joinedBy(p.Model.Services[service])
		for _, name := range slices.Sorted(maps.Keys(joined)) {
			if isOwn(p, name) { // which is made in its turn
				continue
			}
			all, err := every()
			if err != nil {
				return nil, err
			}
			wanted := WantedName{Kind: "joined", Name: name, Service: service}
			at := slices.IndexFunc(all, func(c Container) bool { return c.Name == name || strings.HasPrefix(c.ID, name) })
			if at >= 0 {
				wanted.Holder.Container = all[at].Name
			}
			if at < 0 || joined[name] && all[at].State != "running" && all[at].State != "paused" {
				list = append(list, wanted)
			}
		}
	}
	return list, nil
}

// joinedBy are the containers that a service shares a namespace with, which is true, or
// only has the volumes of.
func joinedBy(s types.ServiceConfig) map[string]bool {
	joined := map[string]bool{}
	for _, from := range s.VolumesFrom {
		if name, is := strings.CutPrefix(from, "container:"); is {
			name, _, _ = strings.Cut(name, ":") // ro or rw
			joined[name] = false
		}
	}
	for _, mode := range []string{s.NetworkMode, s.Ipc, s.Pid} {
		if name, is := strings.CutPrefix(mode, "container:"); is {
			joined[name] = true
		}
	}
	return joined
}

func isOwn(p *project.Project, container string) bool {
	for service := range p.Model.Services {
		for n := range max(p.Replicas(service), 1) {
			if p.ContainerName(service, n+1) == container {
				return true
			}
		}
	}
	return false
}

// heldNames are those of container_name that others have.
func heldNames(p *project.Project, s State, every func() ([]Container, error)) ([]WantedName, error) {
	var list []WantedName
	for _, service := range p.Services() {
		name := p.Model.Services[service].ContainerName
		if name == "" {
			continue
		}
		all, err := every()
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(c Container) bool { return c.Name == name })
		if at >= 0 && !s.Has(all[at].ID) {
			list = append(list, WantedName{"container", name, service, Holder{Container: name, Project: all[at].Project, Service: all[at].Service}})
		}
	}
	return list, nil
}

// absent are the external names of services that the engine does not have.
func absent(p *project.Project, kind string, external func(*project.Project, string) []string, there func() ([]string, error)) ([]WantedName, error) {
	var list []WantedName
	for _, service := range p.Services() {
		for _, name := range external(p, service) {
			if !slices.ContainsFunc(list, func(w WantedName) bool { return w.Name == name }) {
				list = append(list, WantedName{Kind: kind, Name: name, Service: service})
			}
		}
	}
	if list == nil {
		return nil, nil
	}
	have, err := there()
	return slices.DeleteFunc(list, func(w WantedName) bool { return slices.Contains(have, w.Name) }), err
}

func externalNetworks(p *project.Project, service string) []string {
	var list []string
	s := p.Model.Services[service]
	for _, key := range s.NetworksByPriority() {
		if n := p.Model.Networks[key]; bool(n.External) && n.Name != "host" && n.Name != "none" && n.Name != "bridge" {
			list = append(list, n.Name)
		}
	}
	return list
}

func externalVolumes(p *project.Project, service string) []string {
	var list []string
	for _, mount := range p.Model.Services[service].Volumes {
		if v := p.Model.Volumes[mount.Source]; mount.Type == "volume" && bool(v.External) {
			list = append(list, v.Name)
		}
	}
	return list
}
