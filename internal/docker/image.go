package docker

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"
)

// HasImage reports whether the engine has the image of that reference.
func (c *Client) HasImage(ctx context.Context, ref string) (bool, error) {
	_, err := c.api.ImageInspect(ctx, ref)
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
