package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Made is what a container was made from, as far as a Compose file says it.
type Made struct {
	ImageID string
	User    string
	Command []string // that of the image where the file says none
	Entry   []string // entrypoint
	Env     []string // with that of the image
	Check   []string // health check
	Mounts  []string // volume NAME:/target, bind /source:/target; ending in :ro where they are
	Ports   []string // address:published:8000/tcp
	Restart string   // no, always, unless-stopped, on-failure[:N]
	// Networks are those that it is on, or its mode: host, none, container:ID.
	Networks []string
	Labels   map[string]string // with those of the image, and Compose's own
	// Limits are what it may use: bytes, billionths of a processor; 0 is what there is.
	Limits struct{ Memory, Reserved, CPUs, PIDs int64 }
	// Image has what the image says itself.
	Image struct {
		Command, Entry, Env, Check []string
		Labels                     map[string]string
	}
}

// Made inspects a container and its image.
func (c *Client) Made(ctx context.Context, id string) (Made, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Made{}, c.explain(fmt.Sprintf("inspect container %q", id), err)
	}
	one := got.Container
	m := Made{ImageID: one.Image, User: one.Config.User, Command: one.Config.Cmd, Entry: one.Config.Entrypoint, Env: one.Config.Env}
	if one.Config.Healthcheck != nil {
		m.Check = one.Config.Healthcheck.Test
	}
	for _, mount := range one.Mounts {
		source := mount.Source
		if mount.Name != "" {
			source = mount.Name
		}
		text := string(mount.Type) + " " + source + ":" + mount.Destination
		if !mount.RW {
			text += ":ro"
		}
		m.Mounts = append(m.Mounts, text)
	}
	for port, bindings := range one.HostConfig.PortBindings {
		for _, b := range bindings {
			address := ""
			if b.HostIP.IsValid() && !b.HostIP.IsUnspecified() {
				address = b.HostIP.String()
			}
			m.Ports = append(m.Ports, address+":"+b.HostPort+":"+port.String())
		}
	}
	slices.Sort(m.Mounts)
	slices.Sort(m.Ports)
	m.Restart = string(one.HostConfig.RestartPolicy.Name)
	if n := one.HostConfig.RestartPolicy.MaximumRetryCount; n > 0 {
		m.Restart += ":" + strconv.Itoa(n)
	}
	m.Networks, m.Labels = networksOf(one), one.Config.Labels
	limit := one.HostConfig.Resources
	m.Limits.Memory, m.Limits.Reserved, m.Limits.CPUs = limit.Memory, limit.MemoryReservation, limit.NanoCPUs
	if limit.PidsLimit != nil {
		m.Limits.PIDs = max(*limit.PidsLimit, 0)
	}
	image, err := c.api.ImageInspect(ctx, one.Image)
	if err != nil {
		return m, c.explain(fmt.Sprintf("inspect image of container %q", id), err)
	}
	if image.Config != nil {
		m.Image.Command, m.Image.Entry, m.Image.Env = image.Config.Cmd, image.Config.Entrypoint, image.Config.Env
		m.Image.Labels = image.Config.Labels
		if image.Config.Healthcheck != nil {
			m.Image.Check = image.Config.Healthcheck.Test
		}
	}
	return m, nil
}

// networksOf are the names of a container's networks, sorted, or its mode.
func networksOf(one container.InspectResponse) []string {
	if mode := one.HostConfig.NetworkMode; mode.IsHost() || mode.IsNone() || mode.IsContainer() {
		return []string{string(mode)}
	}
	if one.NetworkSettings == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(one.NetworkSettings.Networks))
}
