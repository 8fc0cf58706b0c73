package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// step is how many bytes of layers may be lost when a pull breaks. What an
// engine has fetched of an image it throws away when it does not get the rest
// (20.10 and 26 on a classic store do), so it is sent a large one in
// images of its first layers, each of which keeps what it has.
const step = 16 << 20

// steps are how many of an image's layers each of them ends with, for an
// engine that has the first shared ones; the last, all of them, is none.
func (i Image) steps(shared int) []int {
	var list []int
	bytes := int64(0)
	for n := shared; n < len(i.Layers)-1; n++ {
		if bytes += i.Layers[n].Bytes; bytes+i.Layers[n+1].Bytes > step {
			list = append(list, n+1)
			bytes = 0
		}
	}
	return list
}

// pullStep has the server's engine fetch an image's first n layers. They are
// there as spellbook/PROJECT/SERVICE:partial until more are.
func (s *Server) pullStep(ctx context.Context, server *docker.Client, address string, image Image, as Release, n int, progress docker.Progress) error {
	part := as.partial()
	if err := s.putFirst(image, as, n); err != nil {
		return err
	}
	before, _, err := server.ImageID(ctx, part.Tag())
	if err != nil {
		return err
	}
	if err := server.Pull(ctx, part.at(address), s.Auth(), progress); err != nil {
		return err
	}
	if err := server.Tag(ctx, part.at(address), part.Tag()); err != nil {
		return err
	}
	if err := server.Untag(ctx, part.at(address)); err != nil || before == "" {
		return err
	}
	return server.RemoveNameless(ctx, before)
}

func (r Release) partial() Release {
	r.Release = "partial"
	return r
}

// putFirst makes an image of the first n layers of one that was pushed, with
// the name of a partial one. It runs nothing.
func (s *Server) putFirst(image Image, as Release, n int) error {
	body, media, err := s.manifest(as.path(), image.Manifest)
	if err != nil {
		return err
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("read manifest %s: %w", image.Manifest, err)
	}
	var config v1.ConfigFile
	platform, err := v1.ParsePlatform(image.Platform)
	if err != nil {
		return fmt.Errorf("read platform of image %s: %w", image.Config, err)
	}
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.RootFS.Type = "layers"
	for _, layer := range image.Layers[:n] {
		hash, err := v1.NewHash(layer.DiffID)
		if err != nil {
			return err
		}
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, hash)
	}
	manifest.Layers, manifest.Annotations = manifest.Layers[:n], nil
	if manifest.Config, err = s.putConfig(config, manifest.Config); err != nil {
		return err
	}
	return s.putManifest(as.partial(), manifest, media)
}

func (s *Server) putConfig(config v1.ConfigFile, as v1.Descriptor) (v1.Descriptor, error) {
	data, err := json.Marshal(config)
	if err != nil {
		return as, err
	}
	kept, err := s.store.file(bytes.NewReader(data))
	as.Digest, as.Size = kept.Digest, kept.Size
	return as, err
}

func (s *Server) putManifest(as Release, manifest *v1.Manifest, media string) error {
	data, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPut, "/v2/"+as.path()+"/manifests/"+as.Release, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", media)
	a := answer{header: http.Header{}}
	if s.manifests.ServeHTTP(&a, r); a.status != http.StatusCreated {
		return fmt.Errorf("keep manifest of %s: %s", as.Tag(), a.String())
	}
	return nil
}
