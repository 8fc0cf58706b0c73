package docker

import (
	"context"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Start starts a container or lets a paused one go on; one that runs already
// is left alone. What the engine was asked for it does even if nobody waits: where
// ctx ends it is awaited a little longer, so that who looks next sees it.
func (c *Client) Start(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start container %q: %w", name, context.Cause(ctx))
	}
	if err := c.named(ctx, name); err != nil {
		return fmt.Errorf("start container %q: %w", name, err)
	}
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	context.AfterFunc(ctx, func() { time.AfterFunc(3*time.Second, end) })
	_, err := c.api.ContainerStart(longer, name, client.ContainerStartOptions{})
	if err != nil && strings.Contains(err.Error(), "paused") {
		_, err = c.api.ContainerUnpause(longer, name, client.ContainerUnpauseOptions{})
	}
	if err != nil {
		return fmt.Errorf("start container %q: %w", name, err)
	}
	return nil
}

// Stop stops a container after its own grace, and returns once the container
// list knows of it. One that is stopped or gone is success.
func (c *Client) Stop(ctx context.Context, name string) error {
	return c.end(ctx, "stop", name, func(got container.InspectResponse) error {
		var grace *int
		if got.Config != nil {
			grace = got.Config.StopTimeout // told, so that the call may take as long
		}
		_, err := c.api.ContainerStop(ctx, got.ID, client.ContainerStopOptions{Timeout: grace})
		return err
	})
}

// Remove removes a container, killing it if need be, and its anonymous volumes
// where volumes is true, and returns once the container list knows of it. One
// that is gone is success.
func (c *Client) Remove(ctx context.Context, name string, volumes bool) error {
	return c.end(ctx, "remove", name, func(got container.InspectResponse) error {
		_, err := c.api.ContainerRemove(ctx, got.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: volumes})
		return err
	})
}

// Rename gives a container another name.
func (c *Client) Rename(ctx context.Context, name, to string) error {
	if err := c.named(ctx, name); err != nil {
		return fmt.Errorf("rename container %q: %w", name, err)
	}
	if _, err := c.api.ContainerRename(ctx, name, client.ContainerRenameOptions{NewName: to}); err != nil {
		return fmt.Errorf("rename container %q: %w", name, err)
	}
	return nil
}

// end does what ends a container of that name, and waits for the list. Where
// the ID is not to be had, the name does, and nothing is waited for.
func (c *Client) end(ctx context.Context, verb, name string, do func(container.InspectResponse) error) error {
	got, err := c.inspect(ctx, name)
	switch {
	case cerrdefs.IsNotFound(err):
		return nil
	case err != nil:
		got.Container = container.InspectResponse{ID: name}
	}
	id := got.Container.ID
	if err := do(got.Container); err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("%s container %q: %w", verb, name, Named(err, id, name))
	}
	c.settleOne(ctx, id)
	return nil
}

// inspect is what the engine knows of the container of a name or a whole ID. The engine takes
// a name that none has, such as db, for the beginning of an ID: another's is not found.
func (c *Client) inspect(ctx context.Context, name string) (client.ContainerInspectResult, error) {
	got, err := c.api.ContainerInspect(ctx, name, client.ContainerInspectOptions{})
	if one := got.Container; err == nil && one.Name != "" && one.Name != "/"+name && one.ID != name {
		return client.ContainerInspectResult{}, fmt.Errorf("no such container: %s: %w", name, cerrdefs.ErrNotFound)
	}
	return got, err
}

// named is an error where a name that could be the beginning of an ID is no container's.
func (c *Client) named(ctx context.Context, name string) error {
	if len(name) == 64 || strings.Trim(name, "0123456789abcdef") != "" {
		return nil
	}
	if _, err := c.inspect(ctx, name); cerrdefs.IsNotFound(err) {
		return err
	}
	return nil
}

// RemoveNetwork removes a network by its ID; one that is gone is success.
func (c *Client) RemoveNetwork(ctx context.Context, id string) error {
	_, err := c.api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("remove network %q: %w", id, err)
	}
	return nil
}

// RemoveVolume removes a volume and its data; one that is gone is success.
func (c *Client) RemoveVolume(ctx context.Context, name string) error {
	_, err := c.api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("remove volume %q: %w", name, err)
	}
	return nil
}

// RemoveImage removes an image; one that is gone is success.
func (c *Client) RemoveImage(ctx context.Context, ref string) error {
	_, err := c.api.ImageRemove(ctx, ref, client.ImageRemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("remove image %q: %w", ref, err)
	}
	return nil
}
