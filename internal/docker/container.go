package docker

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/resource"
)

// Container is one of the engine's containers.
type Container = resource.Container

// Port is one published port of a container.
type Port = resource.Port

// Network is one of the engine's networks.
type Network = resource.Network

// Containers lists all containers of a project, one-off ones included, in one
// request. An empty project lists those of every project.
func (c *Client) Containers(ctx context.Context, project string) ([]Container, error) {
	label := LabelProject
	if project != "" {
		label += "=" + project
	}
	return c.list(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", label)})
}

// AllContainers lists every running container of the engine, for the owner of
// a port.
func (c *Client) AllContainers(ctx context.Context) ([]Container, error) {
	return c.list(ctx, client.ContainerListOptions{})
}

// SizedContainers is Containers with SizeRw, which costs the engine a walk.
func (c *Client) SizedContainers(ctx context.Context, project string) ([]Container, error) {
	f := make(client.Filters).Add("label", LabelProject+"="+project)
	return c.list(ctx, client.ContainerListOptions{All: true, Size: true, Filters: f})
}

func (c *Client) list(ctx context.Context, o client.ContainerListOptions) ([]Container, error) {
	if err := c.greet(ctx); err != nil {
		return nil, err
	}
	got, err := c.api.ContainerList(ctx, o)
	if err != nil {
		return nil, c.explain("list containers", err)
	}
	list := make([]Container, 0, len(got.Items))
	for _, s := range got.Items {
		list = append(list, fromSummary(s))
	}
	return list, nil
}

func fromSummary(s container.Summary) Container {
	number, _ := strconv.Atoi(s.Labels[LabelNumber])
	c := Container{
		ID: s.ID, Service: s.Labels[LabelService], Project: s.Labels[LabelProject], Number: number,
		Image: s.Image, ImageID: s.ImageID, ConfigHash: s.Labels[LabelConfigHash],
		State: string(s.State), Status: s.Status, Created: time.Unix(s.Created, 0),
		Labels: s.Labels, Dir: s.Labels[LabelDir], SizeRw: s.SizeRw, Health: healthOf(s.Status), ExitCode: exitCodeOf(s.Status),
		MadeOn: container.NetworkMode(s.HostConfig.NetworkMode).UserDefined(),
	}
	if files := s.Labels[LabelFiles]; files != "" {
		c.Files = strings.Split(files, ",")
	}
	if len(s.Names) > 0 {
		c.Name = strings.TrimPrefix(s.Names[0], "/")
	}
	if s.NetworkSettings != nil {
		c.Networks = append([]string{}, slices.Sorted(maps.Keys(s.NetworkSettings.Networks))...)
		for _, name := range c.Networks {
			on := s.NetworkSettings.Networks[name]
			if on != nil && on.NetworkID != "" {
				c.NetworkIDs = append(c.NetworkIDs, on.NetworkID)
			}
			if on != nil && on.IPAddress.IsValid() {
				c.Addresses = append(c.Addresses, on.IPAddress.String())
			}
		}
	}
	for _, p := range s.Ports {
		if p.Type == "tcp" && !slices.Contains(c.Exposed, p.PrivatePort) {
			c.Exposed = append(c.Exposed, p.PrivatePort)
		}
		if p.PublicPort == 0 {
			continue
		}
		port := Port{Host: p.PublicPort, Container: p.PrivatePort, Proto: p.Type}
		if p.IP.IsValid() {
			port.IP = p.IP.String()
		}
		c.Ports = append(c.Ports, port)
	}
	slices.Sort(c.Exposed)
	return c
}

// healthOf reads the engine's words; the list has no field for it before API
// 1.52. Source: moby daemon/container/state.go String.
func healthOf(status string) string {
	switch {
	case strings.HasSuffix(status, "(healthy)"):
		return "healthy"
	case strings.HasSuffix(status, "(unhealthy)"):
		return "unhealthy"
	case strings.HasSuffix(status, "(health: starting)"):
		return "starting"
	}
	return ""
}

var exitWords = lazyregexp.New(`^(?:Exited|Restarting) \((\d+)\)`)

func exitCodeOf(status string) int {
	m := exitWords.FindStringSubmatch(status)
	if m == nil {
		return 0
	}
	code, _ := strconv.Atoi(m[1])
	return code
}

// Labelled are all containers, running or not, with a label NAME=VALUE.
func (c *Client) Labelled(ctx context.Context, label string) ([]Container, error) {
	return c.list(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", label)})
}
