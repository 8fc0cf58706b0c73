package observe

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
)

// WantedName is a name on the engine that a service needs and cannot have: one of a
// container that is another's, or one of a network or volume that is external and is
// not there.
type WantedName struct {
	Kind    string // container, network or volume
	Name    string
	Service string // that needs it
	Holder  Holder // of a container's name
}

// names asks the engine only for what the files mention.
func names(ctx context.Context, c Prober, p *project.Project, s State) ([]WantedName, error) {
	held, err := heldNames(ctx, c, p, s)
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
	return slices.Concat(held, networks, volumes), err
}

// heldNames are those of container_name that others have.
func heldNames(ctx context.Context, c Prober, p *project.Project, s State) ([]WantedName, error) {
	var all []Container
	var list []WantedName
	for _, service := range p.Services() {
		name := p.Model.Services[service].ContainerName
		if name == "" {
			continue
		}
		if all == nil {
			var err error
			if all, err = c.EveryContainer(ctx); err != nil {
				return nil, err
			}
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
