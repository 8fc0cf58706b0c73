package observe

import (
	"context"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/iter"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
)

// compareImage finds out whether the image that a container's reference names now is
// another but for its ID. In the containerd store that is the digest of all that an
// image comes with, as the attestation of its build, which is another each time. From
// engine 28 on Compose sees that as well; before, it goes by the ID. In a classic store
// the ID is the digest of the configuration, and another says another thing.
func compareImage(ctx context.Context, c Lister, p *project.Project, last Record, one *Container) {
	if !strings.HasPrefix(one.Image, "sha256:") || !p.Known(one.Service) {
		return
	}
	ref := p.ImageName(one.Service)
	now, found, err := c.ImageConfig(ctx, ref)
	switch {
	case err != nil || !found:
	case slices.Contains(now.Manifests, one.Labels[docker.LabelImage]):
		one.Image = ref
	default:
		one.SameContent = last.contentOf(ctx, c, one.ImageID) == imageContent(now)
	}
}

// imageContent is what stands for the digest of an image's configuration, which an engine
// does not tell.
func imageContent(image docker.ImageConfig) string { return image.Content + " " + image.Created }

// contentOf is that of the image with an ID, which may be gone; "" where nobody knows.
func (r Record) contentOf(ctx context.Context, c Lister, id string) string {
	if known := r.Contents[id]; known != "" {
		return known
	}
	image, found, err := c.ImageConfig(ctx, id)
	if err != nil || !found {
		return ""
	}
	return imageContent(image)
}

// Contents are those of the images of a stack's containers, by ID, as far as they
// are known.
func Contents(ctx context.Context, c Lister, s State) map[string]string {
	var ids []string
	for _, have := range s.Containers {
		for _, one := range have {
			ids = append(ids, one.ImageID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found := iter.Map(ids, func(id *string) string { return s.Last.contentOf(ctx, c, *id) })
	all := map[string]string{}
	for i, content := range found {
		if content != "" {
			all[ids[i]] = content
		}
	}
	return all
}
