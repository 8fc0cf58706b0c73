package docker

import (
	"archive/tar"
	"context"
	"fmt"
	"io"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Inside is what a container was made with that a list does not tell.
type Inside struct {
	Environ []string // NAME=value, the image's included; it holds secrets
	Volumes []string // names of those that are mounted
	Mounts  []string // the paths at which something is mounted
	User    string   // who it runs as: UID or NAME, with :GROUP; "" is root
	Restart string   // the policy: no, always, unless-stopped, on-failure or on-failure:N
}

// Inside reads it, of a container that runs or does not.
func (c *Client) Inside(ctx context.Context, id string) (Inside, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Inside{}, c.explain(fmt.Sprintf("look at container %q", id), err)
	}
	in := Inside{Restart: "no"}
	if config := got.Container.Config; config != nil {
		in.Environ, in.User = config.Env, config.User
	}
	if host := got.Container.HostConfig; host != nil && host.RestartPolicy.Name != "" {
		in.Restart = string(host.RestartPolicy.Name)
		if n := host.RestartPolicy.MaximumRetryCount; n > 0 {
			in.Restart += fmt.Sprintf(":%d", n)
		}
	}
	for _, m := range got.Container.Mounts {
		in.Mounts = append(in.Mounts, m.Destination)
		if m.Name != "" {
			in.Volumes = append(in.Volumes, m.Name)
		}
	}
	return in, nil
}

// FileIn is the beginning, 64 KiB at most, of a file of a container that runs or
// does not, volumes included; "" where there is none.
func (c *Client) FileIn(ctx context.Context, id, path string) (string, error) {
	got, err := c.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: path})
	if cerrdefs.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s of container %q: %w", path, id, err)
	}
	defer func() { _ = got.Content.Close() }()
	archive := tar.NewReader(got.Content)
	if _, err := archive.Next(); err != nil {
		return "", fmt.Errorf("read %s of container %q: %w", path, id, err)
	}
	text, err := io.ReadAll(io.LimitReader(archive, 64<<10))
	return string(text), err
}

// CopyTo unpacks an archive in the root of a container that runs or does not,
// volumes included; owners are those of the archive.
func (c *Client) CopyTo(ctx context.Context, id string, archive io.Reader) error {
	if _, err := c.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: archive}); err != nil {
		return fmt.Errorf("copy to container %q: %w", id, err)
	}
	return nil
}
