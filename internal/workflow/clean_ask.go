package workflow

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// confirm lists what is about to go, with its sizes, before it asks.
func (c *cleaning) confirm(ctx context.Context, p plan.Plan, yes bool) error {
	for _, part := range []struct {
		title string
		sizes func(context.Context, plan.Plan) ([]docker.Sized, error)
	}{
		{"containers, with what was written into them:", c.containerSizes},
		{"networks:", c.networkSizes},
		{"images:", c.imageSizes},
		{"volumes, with all their data:", c.volumeSizes},
		{"files:", c.fileSizes},
	} {
		sizes, err := part.sizes(ctx, p)
		if err != nil {
			return err
		}
		c.list(part.title, sizes)
	}
	return c.w.confirm(ctx, fmt.Sprintf("Remove %s of %s", countOf(p), c.project.Name), yes)
}

func (c *cleaning) containerSizes(ctx context.Context, p plan.Plan) ([]docker.Sized, error) {
	var names []string
	for _, step := range p.Steps {
		if a, ok := step.Action.(plan.RemoveContainers); ok {
			names = append(names, a.Names...)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	list, err := c.client.SizedContainers(ctx, c.project.Name)
	if err != nil {
		return nil, err
	}
	var sizes []docker.Sized
	for _, one := range list {
		sizes = append(sizes, docker.Sized{Name: one.Name, Bytes: one.SizeRw, Note: one.Status})
	}
	return only(sizes, names), nil
}

func (c *cleaning) networkSizes(_ context.Context, p plan.Plan) ([]docker.Sized, error) {
	var sizes []docker.Sized
	for _, step := range p.Steps {
		if a, ok := step.Action.(plan.RemoveNetwork); ok {
			sizes = append(sizes, docker.Sized{Name: a.Name, Bytes: -1})
		}
	}
	return sizes, nil
}

func (c *cleaning) imageSizes(ctx context.Context, p plan.Plan) ([]docker.Sized, error) {
	var names []string
	for _, step := range p.Steps {
		if _, ok := step.Action.(plan.RemoveImages); ok {
			names = append(names, strings.TrimPrefix(string(step.ID), "remove image "))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	list, err := c.client.ProjectImages(ctx, c.project.Name)
	var sizes []docker.Sized
	for _, image := range list {
		sizes = append(sizes, docker.Sized{Name: image.Name(), Bytes: image.Bytes})
	}
	return only(sizes, names), err
}

func (c *cleaning) volumeSizes(ctx context.Context, p plan.Plan) ([]docker.Sized, error) {
	names := volumesOf(p)
	if len(names) == 0 {
		return nil, nil
	}
	sizes, err := c.client.VolumeSizes(ctx, c.project.Name)
	return only(sizes, names), err
}

func (c *cleaning) fileSizes(_ context.Context, p plan.Plan) ([]docker.Sized, error) {
	var sizes []docker.Sized
	for _, step := range p.Steps {
		if a, ok := step.Action.(plan.RemovePaths); ok {
			sizes = append(sizes, c.sized(a.Paths[0]))
		}
	}
	return sizes, nil
}

// countOf is "2 containers, 1 network" of what a plan removes.
func countOf(p plan.Plan) string {
	counts := map[string]int{}
	for _, step := range p.Steps {
		switch a := step.Action.(type) {
		case plan.RemoveContainers:
			counts["container"] += len(a.Names)
		case plan.RemoveNetwork:
			counts["network"]++
		case plan.RemoveImages:
			counts["image"]++
		case plan.RemoveVolumes:
			counts["volume"] += len(a.Names)
		case plan.RemovePaths:
			counts["path"] += len(a.Paths)
		}
	}
	var parts []string
	for _, noun := range []string{"container", "network", "image", "volume", "path"} {
		if n := counts[noun]; n > 0 {
			parts = append(parts, plural(n, noun))
		}
	}
	return strings.Join(parts, ", ")
}
