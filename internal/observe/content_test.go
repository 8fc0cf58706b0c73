package observe

import (
	"context"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
)

// images has the images of an engine, by ID and name.
type images struct {
	Lister
	all map[string]docker.ImageConfig
}

func (i images) ImageConfig(_ context.Context, ref string) (docker.ImageConfig, bool, error) {
	one, found := i.all[ref]
	return one, found, nil
}

func TestAnImageIsComparedByWhatItsConfigurationSays(t *testing.T) {
	web := types.ServiceConfig{Name: "web"}
	web.Image = "web:1"
	p := &project.Project{Name: "demo", Model: &types.Project{Services: types.Services{"web": web, "built": {Name: "built"}}}}
	old, built := docker.ImageConfig{Content: "sha256:a", Created: "1"}, docker.ImageConfig{Content: "sha256:a", Created: "1", Manifests: []string{"sha256:m"}}
	later, other := docker.ImageConfig{Content: "sha256:a", Created: "2"}, docker.ImageConfig{Content: "sha256:b", Created: "1"}
	for name, c := range map[string]struct {
		service, label string
		was            *docker.ImageConfig // nil where it is gone
		known          map[string]string
		now            docker.ImageConfig
		image          string
		same           bool
	}{
		"another ID alone":             {service: "web", was: &old, now: built, image: "sha256:1", same: true},
		"of a service without a name":  {service: "built", was: &old, now: built, image: "sha256:1", same: true},
		"gone and remembered":          {service: "web", known: map[string]string{"sha256:1": imageContent(old)}, now: built, image: "sha256:1", same: true},
		"gone and forgotten":           {service: "web", now: built, image: "sha256:1"},
		"built at another time":        {service: "web", was: &old, now: later, image: "sha256:1"},
		"another":                      {service: "web", was: &old, now: other, image: "sha256:1"},
		"as Compose from 28 on has it": {service: "web", label: "sha256:m", now: built, image: "web:1"},
		"of no service":                {service: "gone", was: &old, now: built, image: "sha256:1"},
	} {
		e := images{all: map[string]docker.ImageConfig{"web:1": c.now, "demo-built": c.now}}
		if c.was != nil {
			e.all["sha256:1"] = *c.was
		}
		one := Container{Service: c.service, Image: "sha256:1", ImageID: "sha256:1", Labels: map[string]string{docker.LabelImage: c.label}}
		if compareImage(t.Context(), e, p, Record{Contents: c.known}, &one); one.Image != c.image || one.SameContent != c.same {
			t.Errorf("%s: the image is %s, with the same content: %v", name, one.Image, one.SameContent)
		}
	}
	if got := Contents(t.Context(), images{all: map[string]docker.ImageConfig{"sha256:1": old}}, State{
		Containers: map[string][]Container{"web": {{ImageID: "sha256:1"}, {ImageID: "sha256:2"}}, "db": {{ImageID: "sha256:3"}}},
		Last:       Record{Contents: map[string]string{"sha256:2": "known", "sha256:9": "of no container"}},
	}); len(got) != 2 || got["sha256:1"] != imageContent(old) || got["sha256:2"] != "known" {
		t.Errorf("remembered is %v", got)
	}
}
