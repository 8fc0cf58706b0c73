package project

import "github.com/infinitescribe/spellbook/internal/envcheck"

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
