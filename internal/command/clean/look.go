package clean

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// output is what builds leave in the repository, relative to its root.
var output = []string{"dist", "mage_output_file.go", filepath.Join("magefiles", "mage_output_file.go")}

// leftovers gathers what the target is about.
func (c *cleaning) leftovers(ctx context.Context) (l infra.Leftovers, err error) {
	if l.State, err = c.Observe(ctx); err != nil {
		return l, err
	}
	if c.what.containers {
		l.All = true
		if l.Networks, err = c.Networks(ctx); err != nil {
			return l, err
		}
	}
	if c.what.images {
		if l.Images, err = c.images(ctx); err != nil {
			return l, err
		}
	}
	if c.what.volumes {
		l.Data = true
		if l.Volumes, err = c.Volumes(ctx); err != nil {
			return l, err
		}
	}
	if c.what.files {
		l.Paths = c.files()
	}
	b := infra.Belongings{State: infra.Going(l), Networks: l.Networks, Volumes: l.Volumes}
	ours := c.RemovableParts(ctx, c.Removal, b)
	if c.what.images {
		l.Images, err = c.RemovableImages(ctx, c.Removal, l.Images, b)
	}
	l.State, l.Networks, l.Volumes, l.Shared = ours.State, ours.Networks, ours.Volumes, ours.Shared
	return l, err
}

func (c *cleaning) images(ctx context.Context) ([]infra.Leftover, error) {
	built, err := c.Client.ProjectImages(ctx, c.Project.Name)
	if err != nil || len(built) == 0 {
		return nil, err
	}
	all, err := c.Client.EveryContainer(ctx)
	if err != nil {
		return nil, err
	}
	var list []infra.Leftover
	for _, image := range built {
		one := infra.Leftover{Name: image.Name(), Refs: image.Tags}
		if len(image.Tags) == 0 {
			one.Refs = []string{image.ID}
		}
		for _, user := range all {
			if user.ImageID == image.ID {
				one.Users = append(one.Users, user)
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// files are the build output and Spellbook's memory, where there is any.
func (c *cleaning) files() []string {
	var list []string
	for _, name := range append(c.memory(), output...) {
		path := c.Layout.Path(name)
		if _, err := os.Lstat(path); err == nil && c.inside(path) {
			list = append(list, path)
		}
	}
	return list
}

// memory is what Spellbook remembers; where there are stacks of tests, all but what
// is known of these, without which nobody would remove them.
func (c *cleaning) memory() []string {
	stacks, err := sandbox.Stacks(c.Layout)
	if len(stacks) == 0 && err == nil {
		return []string{c.Layout.StateDir}
	}
	entries, _ := os.ReadDir(c.Layout.Path(c.Layout.StateDir))
	var list []string
	for _, e := range entries {
		if e.Name() != sandbox.Dir && e.Name() != ".gitignore" {
			list = append(list, filepath.Join(c.Layout.StateDir, e.Name()))
		}
	}
	return list
}

// inside: the path is below the repository's root, and not the root itself.
func (c *cleaning) inside(path string) bool {
	rel, err := filepath.Rel(c.Layout.Root, path)
	return err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// sized is what a file or directory takes on disk.
func (c *cleaning) sized(path string) docker.Sized {
	var sum int64
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	name := strings.TrimPrefix(path, c.Layout.Root+string(filepath.Separator))
	return docker.Sized{Name: name, Bytes: sum}
}
