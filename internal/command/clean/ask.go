package clean

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/units"
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
		load.List(c.Session, part.title, sizes)
	}
	return c.Run.Confirm(ctx, fmt.Sprintf("Remove %s of %s", countOf(p), c.Project.Name), yes)
}

func (c *cleaning) containerSizes(ctx context.Context, p plan.Plan) ([]docker.Sized, error) {
	names := containersOf(p)
	if len(names) == 0 {
		return nil, nil
	}
	list, err := c.Client.SizedContainers(ctx, c.Project.Name)
	if err != nil {
		return nil, err
	}
	var sizes []docker.Sized
	for _, one := range list {
		sizes = append(sizes, docker.Sized{Name: one.Name, Bytes: one.SizeRw, Note: one.Status})
	}
	return load.Only(sizes, names), nil
}

func (c *cleaning) networkSizes(_ context.Context, p plan.Plan) ([]docker.Sized, error) {
	var sizes []docker.Sized
	for _, a := range plan.ActionsOf[plan.RemoveNetwork](p) {
		sizes = append(sizes, docker.Sized{Name: a.Name, Bytes: -1})
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
	list, err := c.Client.ProjectImages(ctx, c.Project.Name)
	var sizes []docker.Sized
	for _, image := range list {
		sizes = append(sizes, docker.Sized{Name: image.Name(), Bytes: image.Bytes})
	}
	return load.Only(sizes, names), err
}

func (c *cleaning) volumeSizes(ctx context.Context, p plan.Plan) ([]docker.Sized, error) {
	names := execute.RemovedVolumes(p)
	if len(names) == 0 {
		return nil, nil
	}
	sizes, err := c.Client.VolumeSizes(ctx, c.Project.Name)
	return load.Only(sizes, names), err
}

func (c *cleaning) fileSizes(_ context.Context, p plan.Plan) ([]docker.Sized, error) {
	var sizes []docker.Sized
	for _, a := range plan.ActionsOf[plan.RemovePaths](p) {
		sizes = append(sizes, c.sized(a.Paths[0]))
	}
	return sizes, nil
}

// countOf is "2 containers, 1 network" of what a plan removes.
func countOf(p plan.Plan) string {
	var parts []string
	providers := 0
	for _, a := range plan.ActionsOf[plan.Compose](p) {
		providers += len(a.Argv) - 1 // down, and their services
	}
	for _, one := range []struct {
		count int
		noun  string
	}{
		{len(containersOf(p)), "container"},
		{len(plan.ActionsOf[plan.RemoveNetwork](p)), "network"},
		{len(plan.ActionsOf[plan.RemoveImages](p)), "image"},
		{len(execute.RemovedVolumes(p)), "volume"},
		{len(plan.ActionsOf[plan.RemovePaths](p)), "path"},
	} {
		if one.count > 0 {
			parts = append(parts, units.Plural(one.count, one.noun))
		}
	}
	if providers > 0 {
		parts = append(parts, "what "+units.Plural(providers, "provider")+" has made")
	}
	return strings.Join(parts, ", ")
}

// containersOf are those that a plan removes.
func containersOf(p plan.Plan) []string {
	var names []string
	for _, a := range plan.ActionsOf[plan.RemoveContainers](p) {
		names = append(names, a.Names...)
	}
	return names
}
