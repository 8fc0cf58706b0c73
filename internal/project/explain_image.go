package project

import (
	"fmt"

	"github.com/distribution/reference"
)

// CheckImages refuses what is no name of an image, of the active services: Compose
// leaves it to the engine, which does not know where it is from.
func (p *Project) CheckImages() error {
	for _, name := range p.Services() {
		image := p.Model.Services[name].Image
		if _, err := reference.ParseAnyReference(image); image != "" && err != nil {
			return p.NoImage("services."+name+".image", image)
		}
	}
	return nil
}

// NoImage is that what the files have at path, or in a list there, is no name of an
// image; where a variable is to blame, it is named.
func (p *Project) NoImage(path, image string) error {
	l := newLocator(p)
	m := mistake{l.path(path), fmt.Sprintf("%s is no name of an image: %q", path, image), "write NAME:TAG, in small letters"}
	if h, ok := l.scalar(func(text string) bool { return p.substitute(text) == image }, path, path+".[]"); ok {
		m, _ = l.blaming(m, h)
	}
	return failed(l.discreet(m))
}
