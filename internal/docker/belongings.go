package docker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

func byProject(project string) client.Filters {
	return make(client.Filters).Add("label", LabelProject+"="+project)
}

// Networks lists a project's networks by name, of one name the oldest first. An
// empty project lists those of the whole engine.
func (c *Client) Networks(ctx context.Context, project string) ([]Network, error) {
	var o client.NetworkListOptions
	if project != "" {
		o.Filters = byProject(project)
	}
	if err := c.greet(ctx); err != nil {
		return nil, err
	}
	got, err := c.api.NetworkList(ctx, o)
	if err != nil {
		return nil, c.explain("list networks", err)
	}
	list := make([]Network, 0, len(got.Items))
	for _, n := range got.Items {
		list = append(list, Network{ID: n.ID, Name: n.Name, Project: n.Labels[LabelProject], Created: n.Created})
	}
	slices.SortFunc(list, func(a, b Network) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Volumes are the names of a project's volumes; an empty project has all of them.
func (c *Client) Volumes(ctx context.Context, project string) ([]string, error) {
	var o client.VolumeListOptions
	if project != "" {
		o.Filters = byProject(project)
	}
	got, err := c.api.VolumeList(ctx, o)
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

// VolumeTimes are when the volumes of the engine were made, by name.
func (c *Client) VolumeTimes(ctx context.Context) (map[string]time.Time, error) {
	got, err := c.api.VolumeList(ctx, client.VolumeListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list volumes: %w", err)
	}
	times := map[string]time.Time{}
	for _, v := range got.Items {
		times[v.Name], _ = time.Parse(time.RFC3339, v.CreatedAt)
	}
	return times, nil
}

// VolumeSizes measures a project's volumes, which costs the engine a walk.
func (c *Client) VolumeSizes(ctx context.Context, project string) ([]Sized, error) {
	usage, err := c.api.DiskUsage(ctx, client.DiskUsageOptions{Volumes: true, Verbose: true})
	for began := time.Now(); measures(err) && time.Since(began) < c.patience.Change; {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(measuresEvery):
		}
		usage, err = c.api.DiskUsage(ctx, client.DiskUsageOptions{Volumes: true, Verbose: true})
	}
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

const measuresEvery = 100 * time.Millisecond

// measures reports whether the engine measures for somebody else, whom Docker 20.10
// does not let a second one join.
func measures(err error) bool {
	return err != nil && strings.Contains(err.Error(), "a disk usage operation is already running")
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
