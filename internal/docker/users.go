package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/moby/moby/client"
)

// Image is an image that Compose built for a project.
type Image struct {
	ID    string
	Tags  []string // none where another image took them
	Bytes int64
}

// ProjectImages are the images that Compose built for a project: those alone
// carry its label.
func (c *Client) ProjectImages(ctx context.Context, project string) ([]Image, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{Filters: byProject(project)})
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	list := make([]Image, 0, len(got.Items))
	for _, i := range got.Items {
		tags := slices.DeleteFunc(slices.Clone(i.RepoTags), func(tag string) bool { return tag == "<none>:<none>" })
		list = append(list, Image{ID: i.ID, Tags: slices.Sorted(slices.Values(tags)), Bytes: i.Size})
	}
	slices.SortFunc(list, func(a, b Image) int { return compare(a.Name(), b.Name()) })
	return list, nil
}

// Name is the first tag, or the ID as the Docker CLI shortens it.
func (i Image) Name() string {
	if len(i.Tags) > 0 {
		return i.Tags[0]
	}
	if len(i.ID) > 19 {
		return i.ID[7:19]
	}
	return i.ID
}

// EveryContainer lists all containers of the engine, stopped ones and those of
// other projects included.
func (c *Client) EveryContainer(ctx context.Context) ([]Container, error) {
	return c.list(ctx, client.ContainerListOptions{All: true})
}

// VolumeUsers lists all containers of the engine that mount a volume.
func (c *Client) VolumeUsers(ctx context.Context, volume string) ([]Container, error) {
	return c.list(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("volume", volume)})
}
