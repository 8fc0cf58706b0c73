package infra

import (
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/status"
)

// imageOf is what a service's containers were made from, or the image of the
// files where it has none.
func imageOf(p *project.Project, have []observe.Container, name string) string {
	var list []string
	for _, c := range have {
		if ref := createdFrom(c); !slices.Contains(list, ref) {
			list = append(list, ref)
		}
	}
	if len(list) == 0 {
		return p.Model.Services[name].Image
	}
	return strings.Join(list, ", ")
}

// createdFrom is the reference that a container was created from, also after
// that has come to name another image; an ID where nobody knows it.
func createdFrom(c observe.Container) string {
	switch {
	case c.Reference != "":
		return c.Reference
	case strings.HasPrefix(c.Image, "sha256:"):
		return ShortID(c.Image)
	}
	return c.Image
}

// CompareImages adds to the details of rows where what runs is not what the
// files say, or not what its name stands for any more.
func CompareImages(p *project.Project, s observe.State, rows []status.Service) {
	for i := range rows {
		name := rows[i].Name
		say := p.Model.Services[name].Image
		for _, c := range s.Containers[name] {
			if say != "" && !sameImage(createdFrom(c), say) {
				note(&rows[i], "files say "+say)
			} else if imageMoved(p, c) {
				note(&rows[i], say+" names another image now")
			}
		}
	}
}

// note adds to a row's detail what is not yet in it.
func note(r *status.Service, text string) {
	switch {
	case r.Detail == "":
		r.Detail = text
	case !strings.Contains(r.Detail, text):
		r.Detail += ", " + text
	}
}

// sameImage: both references are one once they are written out.
func sameImage(a, b string) bool {
	return a == b || normal(a) == normal(b)
}

func normal(image string) string {
	ref, err := reference.ParseDockerRef(image)
	if err != nil {
		return image
	}
	return ref.String()
}
