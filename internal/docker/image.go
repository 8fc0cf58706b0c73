package docker

import (
	"context"
	"fmt"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
)

// image is what the engine says of an image; found is false where it has none that
// it could run. A containerd store answers for an index without its content as well,
// and after a load that failed, which from 28 on its list has too.
func (c *Client) image(ctx context.Context, ref string) (got client.ImageInspectResult, found bool, err error) {
	got, err = c.api.ImageInspect(ctx, ref)
	switch found = err == nil; {
	case found && got.Descriptor != nil:
		got, err = c.api.ImageInspect(ctx, ref, client.ImageInspectWithManifests(true))
		found = slices.ContainsFunc(got.Manifests, runs)
	case found && len(got.RepoTags) > 0 && (got.GraphDriver == nil || got.GraphDriver.Data == nil):
		var list client.ImageListResult
		list, err = c.listImages(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("reference", got.RepoTags...)})
		found = len(list.Items) > 0
	}
	if err != nil && !cerrdefs.IsNotFound(err) {
		return got, false, c.explain(fmt.Sprintf("look for image %q", ref), err)
	}
	return got, found && err == nil, nil
}

// runs: it is no attestation, and all of it is there, or what it is run from.
func runs(m image.ManifestSummary) bool {
	return m.Kind == image.ManifestKindImage && m.Available || m.ImageData != nil && m.ImageData.Size.Unpacked > 0
}

// HasImage reports whether the engine has the image of that reference.
func (c *Client) HasImage(ctx context.Context, ref string) (bool, error) {
	_, found, err := c.image(ctx, ref)
	return found, err
}

// InRegistry reports whether the image's registry has it. known is false where
// the registry does not answer, or tells only who has signed in.
func (c *Client) InRegistry(ctx context.Context, ref string) (has, known bool) {
	_, err := c.api.DistributionInspect(ctx, ref, client.DistributionInspectOptions{})
	return err == nil, err == nil || cerrdefs.IsNotFound(err)
}
