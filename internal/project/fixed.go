package project

import (
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"

	"github.com/infinitescribe/spellbook/internal/envcheck"
)

// Fixed are the containers, volumes and networks that are called the same in
// other, which is this project under another name: external ones, and those
// that the files give a name that is not made of the project's.
func (p *Project) Fixed(other *Project) (list []envcheck.Fixed) {
	l := newLocator(p)
	add := func(kind, key string, at place) {
		list = append(list, envcheck.Fixed{Kind: kind, Key: key, File: at.file, Line: at.line})
	}
	theirs := other.all()
	services := p.all()
	for _, s := range slices.Sorted(maps.Keys(services)) {
		if name := services[s].ContainerName; name != "" && name == theirs[s].ContainerName {
			add("container", s, l.path("services."+s+".container_name"))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Model.Volumes)) {
		if name := p.Model.Volumes[key].Name; name != "" && name == other.Model.Volumes[key].Name {
			add("volume", key, l.path("volumes."+key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Model.Networks)) {
		if name := p.Model.Networks[key].Name; name != "" && name == other.Model.Networks[key].Name {
			add("network", key, l.path("networks."+key))
		}
	}
	return list
}

// NormalName is a text as Compose makes a project's name of it, or else instead.
func NormalName(text, instead string) string {
	if name := loader.NormalizeProjectName(text); name != "" {
		return name
	}
	return instead
}
