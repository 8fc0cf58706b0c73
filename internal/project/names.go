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

// Images are the images that the services name, those that are built left out,
// in the order of the services' names.
func (p *Project) Images() []envcheck.Image {
	l := newLocator(p)
	services := p.all()
	var list []envcheck.Image
	for _, name := range allNames(p.Model) {
		s := services[name]
		if s.Image == "" || s.Build != nil {
			continue
		}
		at := l.path("services." + name + ".image")
		list = append(list, envcheck.Image{File: at.file, Line: at.line, Service: name, Name: s.Image})
	}
	return list
}

// Said is the text of a line of the Compose files, which are named as they are
// shown.
func (p *Project) Said(file string, line int) string {
	for _, s := range p.sources() {
		if p.Short(s.path) == file && line > 0 && line <= len(s.lines) {
			return s.lines[line-1]
		}
	}
	return ""
}
