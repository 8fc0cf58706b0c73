package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/moby/moby/client"
)

func byProject(project string) client.Filters {
	return make(client.Filters).Add("label", LabelProject+"="+project)
}

// NetworkIDs are those of all networks of the engine.
func (c *Client) NetworkIDs(ctx context.Context) (map[string]bool, error) {
	got, err := c.api.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return nil, c.explain("list networks", err)
	}
	ids := map[string]bool{}
	for _, n := range got.Items {
		ids[n.ID] = true
	}
	return ids, nil
}

// Networks are the names of a project's networks.
func (c *Client) Networks(ctx context.Context, project string) ([]string, error) {
	got, err := c.api.NetworkList(ctx, client.NetworkListOptions{Filters: byProject(project)})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	var names []string
	for _, n := range got.Items {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	return names, nil
}

// Volumes are the names of a project's volumes.
func (c *Client) Volumes(ctx context.Context, project string) ([]string, error) {
	got, err := c.api.VolumeList(ctx, client.VolumeListOptions{Filters: byProject(project)})
	if err != nil {
		return nil, fmt.Errorf("list volumes: %w", err)
	}
	var names []string
	for _, v := range got.Items {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return names, nil
}

// Sized is something that can be removed, with what it takes on disk.
type Sized struct {
	Name  string
	Bytes int64 // -1 where the engine cannot tell
	Note  string
}

// VolumeSizes measures a project's volumes, which costs the engine a walk.
func (c *Client) VolumeSizes(ctx context.Context, project string) ([]Sized, error) {
	usage, err := c.api.DiskUsage(ctx, client.DiskUsageOptions{Volumes: true, Verbose: true})
	if err != nil {
		return nil, fmt.Errorf("measure volumes: %w", err)
	}
	var list []Sized
	for _, v := range usage.Volumes.Items {
		if v.Labels[LabelProject] != project {
			continue
		}
		s := Sized{Name: v.Name, Bytes: -1}
		if v.UsageData != nil {
			s.Bytes = v.UsageData.Size
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Sized) int { return compare(a.Name, b.Name) })
	return list, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
