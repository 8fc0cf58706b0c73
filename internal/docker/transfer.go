package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// Progress is told how many bytes of a transfer have passed, and of how many.
// Both grow: an engine names a layer when it comes to it. It is called by one
// goroutine; nil is nobody who listens.
type Progress func(current, total int64)

// untagging is how long the name of an image may take to go after an interrupt.
const untagging = 10 * time.Second

// RegistryAuth is what X-Registry-Auth says for a registry with passwords.
func RegistryAuth(user string, password secret.String) secret.String {
	text, _ := authconfig.Encode(registry.AuthConfig{Username: user, Password: password.Reveal()}) // fails for no string
	return secret.New(text)
}

// Push sends the image of that reference to the registry which the reference
// names. auth is what X-Registry-Auth says.
func (c *Client) Push(ctx context.Context, ref string, auth secret.String, progress Progress) error {
	stream, err := c.api.ImagePush(ctx, ref, client.ImagePushOptions{RegistryAuth: auth.Reveal()})
	if err == nil {
		err = follow(stream.JSONMessages(ctx), progress)
	}
	if err != nil {
		return c.explain(fmt.Sprintf("push image %q", ref), err)
	}
	return nil
}

// Pull fetches the image of that reference from the registry which the
// reference names; a layer that the engine has had from any registry is not
// fetched again. auth is what X-Registry-Auth says.
func (c *Client) Pull(ctx context.Context, ref string, auth secret.String, progress Progress) error {
	stream, err := c.api.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: auth.Reveal()})
	if err == nil {
		err = follow(stream.JSONMessages(ctx), progress)
	}
	if err != nil {
		return c.explain(fmt.Sprintf("pull image %q", ref), err)
	}
	return nil
}

// Save streams an image as `docker save` does; the caller closes it. A name without a
// tag is its latest, as everywhere but in the engine's save, which takes all tags then.
func (c *Client) Save(ctx context.Context, ref string) (io.ReadCloser, error) {
	source := ref
	if named, err := reference.ParseNormalizedNamed(ref); err == nil {
		source = reference.FamiliarString(reference.TagNameOnly(named))
	}
	stream, err := c.api.ImageSave(ctx, []string{source})
	if err != nil {
		return nil, c.explain(fmt.Sprintf("save image %q", ref), err)
	}
	return stream, nil
}

// Load has the engine read an archive of images. That an engine reports no
// error does not mean that it has them: ask HasImage.
func (c *Client) Load(ctx context.Context, archive io.Reader) error {
	got, err := c.api.ImageLoad(ctx, archive)
	if err != nil {
		return c.explain("load images", err)
	}
	defer func() { _ = got.Close() }()
	decoder := json.NewDecoder(got)
	for {
		var m jsonstream.Message
		switch err := decoder.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.explain("load images", err)
		case m.Error != nil:
			return c.explain("load images", m.Error)
		}
	}
}

// follow reads an engine's messages to their end: the error among them is the
// transfer's, as its HTTP status was sent before.
func follow(messages iter.Seq2[jsonstream.Message, error], progress Progress) error {
	current, total := map[string]int64{}, map[string]int64{}
	for m, err := range messages {
		if err != nil {
			return err
		}
		if m.Error != nil {
			return m.Error
		}
		if progress == nil || m.Progress == nil || m.Progress.Total <= 0 || m.Status != "Pushing" && m.Status != "Downloading" {
			continue
		}
		current[m.ID], total[m.ID] = m.Progress.Current, m.Progress.Total
		progress(sum(current), sum(total))
	}
	return nil
}

func sum(of map[string]int64) (n int64) {
	for _, one := range of {
		n += one
	}
	return n
}

// Untag takes a name from an image, after an interrupt too; one that is gone is
// success. An image without another name goes with it.
func (c *Client) Untag(ctx context.Context, name string) error {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), untagging)
	defer cancel()
	_, err := c.api.ImageRemove(within, name, client.ImageRemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return c.explain(fmt.Sprintf("untag image %q", name), err)
	}
	return nil
}

// ImageNames are the names of images that match a pattern: "spellbook/shop/*".
func (c *Client) ImageNames(ctx context.Context, pattern string) ([]string, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("reference", pattern)})
	if err != nil {
		return nil, c.explain("list images", err)
	}
	var list []string
	for _, one := range got.Items {
		list = append(list, one.RepoTags...)
	}
	slices.Sort(list)
	return list, nil
}

// HasRegistry reports whether the engine reaches the registry that a reference
// names and is let in: what 127.0.0.1 is to an engine, it alone can tell. That
// the image is not there is an answer of the registry's.
func (c *Client) HasRegistry(ctx context.Context, ref string, auth secret.String) bool {
	_, err := c.api.DistributionInspect(ctx, ref, client.DistributionInspectOptions{EncodedRegistryAuth: auth.Reveal()})
	// Engine 26 with containerd's store hands the registry's answer on as it is.
	return err == nil || cerrdefs.IsNotFound(err) || strings.Contains(err.Error(), "NAME_UNKNOWN")
}

// ImageConfig is what decides whether two engines' images are one.
type ImageConfig struct {
	ID       string   // on a classic store the digest of the configuration, on containerd's that of a manifest or index
	Platform string   // os/arch or os/arch/variant
	Layers   []string // diffIDs, the base's first
	Environ  []string // that its containers begin with
	Volumes  []string // the paths that it keeps in volumes, whoever names them, sorted
	User     string   // that they run as; "" is root
	OnBuild  []string // what builds that start from it begin with
	Created  string   // the time of the build, as it is written there
	// Manifests are those that an engine from 28 on has of it in a containerd store, by digest.
	Manifests []string
	// Content is a sum of layers and configuration, without the time of the build: the
	// same on every engine, on both kinds of store, and in a registry.
	Content string
}

// ImageConfig is that of the image which a reference names; found is false
// where the engine has none.
func (c *Client) ImageConfig(ctx context.Context, ref string) (config ImageConfig, found bool, err error) {
	got, found, err := c.image(ctx, ref)
	if !found {
		return ImageConfig{}, false, err
	}
	config, err = imageConfig(got.InspectResponse)
	config.Created = got.Created
	for _, m := range got.Manifests {
		if runs(m) {
			config.Manifests = append(config.Manifests, m.ID)
		}
	}
	return config, true, err
}

// ImageConfigFor is that for a platform: containerd's image store has an image for
// several, of which ImageConfig tells one. found is false where the engine has none for
// that one, or its API, before 1.49, does not tell.
func (c *Client) ImageConfigFor(ctx context.Context, ref, platform string) (config ImageConfig, found bool, err error) {
	of, err := platforms.Parse(platform)
	if err != nil || !c.speaks(49) {
		return ImageConfig{}, false, err
	}
	got, err := c.api.ImageInspect(ctx, ref, client.ImageInspectWithPlatform(&of))
	if cerrdefs.IsNotFound(err) {
		return ImageConfig{}, false, nil
	}
	if err != nil {
		return ImageConfig{}, false, c.explain(fmt.Sprintf("look for image %q", ref), err)
	}
	config, err = imageConfig(got.InspectResponse)
	return config, true, err
}

// ParseImageConfig reads an image's configuration as a registry has it, which
// says no ID.
func ParseImageConfig(text []byte) (ImageConfig, error) {
	var got image.InspectResponse // it has the same names for all but the layers
	var more struct {
		RootFS struct {
			Layers []string `json:"diff_ids"`
		}
	}
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(text, &more)); err != nil {
		return ImageConfig{}, fmt.Errorf("read image configuration: %w", err)
	}
	got.ID, got.RootFS.Layers = "", more.RootFS.Layers
	return imageConfig(got)
}

func imageConfig(got image.InspectResponse) (ImageConfig, error) {
	i := ImageConfig{ID: got.ID, Platform: platformOf(got.Os, got.Architecture, got.Variant), Layers: got.RootFS.Layers}
	settings := "{}"
	if got.Config != nil {
		i.Environ, i.User, i.Volumes, i.OnBuild = got.Config.Env, got.Config.User, slices.Sorted(maps.Keys(got.Config.Volumes)), got.Config.OnBuild
		if got.Config.Healthcheck != nil {
			got.Config.Healthcheck.StartInterval = 0 // engines before 25 do not tell it
		}
		data, err := json.Marshal(got.Config)
		if err != nil {
			return i, fmt.Errorf("sum the configuration of image %s: %w", i.ID, err)
		}
		settings = string(data)
	}
	data, err := json.Marshal([]any{i.Platform, append([]string{}, i.Layers...), json.RawMessage(settings)})
	if err != nil {
		return i, fmt.Errorf("sum the configuration of image %s: %w", i.ID, err)
	}
	sum := sha256.Sum256(data)
	i.Content = "sha256:" + hex.EncodeToString(sum[:])
	return i, nil
}

func platformOf(os, architecture, variant string) string {
	return strings.TrimSuffix(os+"/"+architecture+"/"+variant, "/")
}

// ImageConfigs are those of all images of the engine that have a name. One
// that goes meanwhile is left out.
func (c *Client) ImageConfigs(ctx context.Context) ([]ImageConfig, error) {
	got, err := c.listImages(ctx, client.ImageListOptions{})
	if err != nil {
		return nil, c.explain("list images", err)
	}
	var list []ImageConfig
	for _, one := range got.Items {
		config, found, err := c.ImageConfig(ctx, one.ID)
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, config)
		}
	}
	return list, nil
}
