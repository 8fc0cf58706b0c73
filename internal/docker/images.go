package docker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// LabelBuild is the name of the build that an image is of.
const LabelBuild = "io.spellbook.build.name"

// ImageID is the ID of the image that a reference names, and all of its names;
// "" where the engine has none.
func (c *Client) ImageID(ctx context.Context, ref string) (id string, names []string, err error) {
	got, found, err := c.image(ctx, ref)
	if !found {
		return "", nil, err
	}
	return got.ID, got.RepoTags, nil
}

// ImageIDs are the IDs of all images that have a name, by each of their names.
func (c *Client) ImageIDs(ctx context.Context) (map[string]string, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{})
	if err != nil {
		return nil, c.explain("list images", err)
	}
	ids := map[string]string{}
	for _, one := range got.Items {
		for _, name := range one.RepoTags {
			ids[name] = one.ID
		}
	}
	return ids, nil
}

// listImages asks for a list of images. A containerd store answers that with "content
// digest sha256:…: not found" (seen with 26.1) where one of them is removed while it is made:
// then it is asked again.
func (c *Client) listImages(ctx context.Context, o client.ImageListOptions) (got client.ImageListResult, err error) {
	for try := range 5 {
		got, err = c.api.ImageList(ctx, o)
		if !cerrdefs.IsNotFound(err) {
			break
		}
		select {
		case <-ctx.Done():
			return got, context.Cause(ctx)
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
	return got, err
}

// ImageBytes is the size of the image that has a name, as BuiltImages and `docker
// images` tell it: of what it shares with others as well, and with containerd's
// image store of its packed layers beside the unpacked ones, which an inspection
// leaves out. 0 where there is none.
func (c *Client) ImageBytes(ctx context.Context, name string) (int64, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("reference", name)})
	if err != nil {
		return 0, c.explain("look for image "+name, err)
	}
	for _, one := range got.Items {
		if slices.Contains(one.RepoTags, name) {
			return one.Size, nil
		}
	}
	return 0, nil
}

// Tag gives an image a further name, which another image may lose by that.
func (c *Client) Tag(ctx context.Context, source, name string) error {
	if _, err := c.api.ImageTag(ctx, client.ImageTagOptions{Source: source, Target: name}); err != nil {
		return fmt.Errorf("tag image %q as %q: %w", source, name, err)
	}
	return nil
}

// RemoveNameless removes an image that has no name; one that has is somebody's.
func (c *Client) RemoveNameless(ctx context.Context, id string) error {
	got, err := c.api.ImageInspect(ctx, id)
	if cerrdefs.IsNotFound(err) || err == nil && len(got.RepoTags) > 0 {
		return nil
	}
	if err != nil {
		return c.explain("look for image "+id, err)
	}
	return c.RemoveImage(ctx, id)
}

// RegistryDigest is the digest of an image in its registry, asked for by the
// engine without credentials; "" where it has none or does not tell.
func (c *Client) RegistryDigest(ctx context.Context, ref string) string {
	got, err := c.api.DistributionInspect(ctx, ref, client.DistributionInspectOptions{})
	if err != nil {
		return ""
	}
	return got.Descriptor.Digest.String()
}

// BuiltImage is an image of one of a project's builds.
type BuiltImage struct {
	Image
	Build   string    // "" where Compose built it
	Created time.Time // as the image says, which is the commit's time
	Tagged  time.Time // when this engine got it; zero where it does not tell
}

// BuiltImages are the images that were built for a project, by Compose's label.
func (c *Client) BuiltImages(ctx context.Context, project string) ([]BuiltImage, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{Filters: byProject(project)})
	if err != nil {
		return nil, c.explain("list images", err)
	}
	list := make([]BuiltImage, 0, len(got.Items))
	for _, i := range got.Items {
		b := BuiltImage{Build: i.Labels[LabelBuild], Created: time.Unix(i.Created, 0)}
		tags := slices.DeleteFunc(slices.Clone(i.RepoTags), func(tag string) bool { return tag == "<none>:<none>" })
		b.Image = Image{ID: i.ID, Tags: slices.Sorted(slices.Values(tags)), Bytes: i.Size}
		if seen, err := c.api.ImageInspect(ctx, i.ID); err == nil {
			b.Tagged = seen.Metadata.LastTagTime
		}
		list = append(list, b)
	}
	return list, nil
}

// RepoDigests are what registries call an image of the engine, as far as it was
// pulled or pushed: REPOSITORY@sha256:…; none where the engine does not have it.
func (c *Client) RepoDigests(ctx context.Context, ref string) ([]string, error) {
	got, _, err := c.image(ctx, ref)
	return got.RepoDigests, err
}

// Platform is what the engine's own builder builds for, os/arch; of a 32-bit ARM
// with the variant, of which there are several.
func (c *Client) Platform(ctx context.Context) (string, error) {
	got, err := c.api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return "", c.explain("ask engine for its platform", err)
	}
	if got.Arch != "arm" {
		return got.Os + "/" + got.Arch, nil
	}
	info, err := c.about(ctx)
	if err != nil {
		return "", c.explain("ask engine for its platform", err)
	}
	return got.Os + "/arm" + armVariant(info.Architecture), nil
}

// armVariant is of what the kernel calls a machine: armv7l, or aarch64 where it
// could more. An engine that does not tell is like most.
func armVariant(machine string) string {
	switch {
	case strings.HasPrefix(machine, "armv5"), strings.HasPrefix(machine, "armv6"):
		return "/" + machine[3:5]
	case machine == "aarch64", strings.HasPrefix(machine, "armv8"):
		return "/v8"
	}
	return "/v7"
}

// MultiPlatform reports whether the engine can hold several platforms of an
// image under one name: with containerd's image store it can.
func (c *Client) MultiPlatform(ctx context.Context) (bool, error) {
	got, err := c.about(ctx)
	if err != nil {
		return false, c.explain("ask engine for its image store", err)
	}
	for _, pair := range got.DriverStatus {
		if pair[0] == "driver-type" && pair[1] == "io.containerd.snapshotter.v1" {
			return true, nil
		}
	}
	return false, nil
}
