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
		if _, err := reference.ParseAnyReference(image); image == "" || err == nil {
			continue
		}
		l := newLocator(p)
		return failed(l.discreet(l.value("services."+name+".image", fmt.Sprintf("is no name of an image: %q", image), "write NAME:TAG, in small letters")))
	}
	return nil
}
