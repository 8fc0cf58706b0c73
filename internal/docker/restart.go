package docker

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// SetRestart gives a container another restart policy: no, always,
// unless-stopped, on-failure or on-failure:N. It goes on running.
func (c *Client) SetRestart(ctx context.Context, name, policy string) error {
	mode, times, _ := strings.Cut(policy, ":")
	retries, _ := strconv.Atoi(times)
	_, err := c.api.ContainerUpdate(ctx, name, client.ContainerUpdateOptions{
		RestartPolicy: &container.RestartPolicy{Name: container.RestartPolicyMode(mode), MaximumRetryCount: retries}})
	if err != nil {
		return c.explain(fmt.Sprintf("set restart policy of %q", name), err)
	}
	return nil
}

// Restarts is how often the engine has started a container again by its restart
// policy since somebody started it.
func (c *Client) Restarts(ctx context.Context, name string) (int, error) {
	got, err := c.inspect(ctx, name)
	if err != nil {
		return 0, c.explain(fmt.Sprintf("inspect container %q", name), err)
	}
	return got.Container.RestartCount, nil
}

// MakeVolume makes a volume of a Compose project, as Compose labels it; one that
// is there is kept as it is.
func (c *Client) MakeVolume(ctx context.Context, project, name string) error {
	labels := map[string]string{LabelProject: project, "com.docker.compose.volume": strings.TrimPrefix(name, project+"_")}
	if _, err := c.api.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: labels}); err != nil {
		return c.explain(fmt.Sprintf("make volume %q", name), err)
	}
	return nil
}

// Join has a container on one more network, where it answers to its own name; one
// that is on it already stays.
func (c *Client) Join(ctx context.Context, network, name string) error {
	got, err := c.inspect(ctx, name)
	if err != nil {
		return c.explain(fmt.Sprintf("join %q to network %q", name, network), err)
	}
	if _, on := got.Container.NetworkSettings.Networks[network]; on {
		return nil
	}
	if _, err := c.api.NetworkConnect(ctx, network, client.NetworkConnectOptions{Container: name}); err != nil {
		return c.explain(fmt.Sprintf("join %q to network %q", name, network), err)
	}
	return nil
}
