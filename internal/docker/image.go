package docker

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// HasImage reports whether the engine has the image of that reference.
func (c *Client) HasImage(ctx context.Context, ref string) (bool, error) {
	_, err := c.api.ImageInspect(ctx, ref)
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// InRegistry reports whether the image's registry has it. known is false where
// the registry does not answer, or tells only who has signed in.
func (c *Client) InRegistry(ctx context.Context, ref string) (has, known bool) {
	_, err := c.api.DistributionInspect(ctx, ref, client.DistributionInspectOptions{})
	return err == nil, err == nil || cerrdefs.IsNotFound(err)
}
