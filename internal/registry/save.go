package registry

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Save is Push for a local engine that does not reach s (it has a loopback of
// its own, as in a virtual machine): s reads what `docker save` would write,
// all of it. Layers stay as the engine keeps them, of which most are not
// compressed; they travel like that.
func (s *Server) Save(ctx context.Context, local *docker.Client, source string, as Release) (Image, error) {
	archive, err := local.Save(ctx, source)
	if err != nil {
		return Image{}, err
	}
	defer func() { _ = archive.Close() }()
	image, err := s.read(archive, as)
	if ctx.Err() != nil {
		return Image{}, context.Cause(ctx)
	}
	if err != nil {
		return Image{}, fmt.Errorf("read saved image %q: %w", source, err)
	}
	return image, nil
}

func (s *Server) read(archive io.Reader, as Release) (Image, error) {
	saved := saved{files: map[string]v1.Descriptor{}}
	if err := saved.read(s.store, archive); err != nil {
		return Image{}, err
	}
	var list []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(saved.manifest, &list); err != nil {
		return Image{}, fmt.Errorf("read manifest.json: %w", err)
	}
	if len(list) != 1 {
		return Image{}, fmt.Errorf("manifest.json has %d images, not one", len(list))
	}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	for n, name := range append([]string{list[0].Config}, list[0].Layers...) {
		file, found := saved.files[name]
		switch {
		case !found:
			return Image{}, fmt.Errorf("%s is missing", name)
		case n == 0:
			manifest.Config = file
			manifest.Config.MediaType = types.OCIConfigJSON
		default:
			manifest.Layers = append(manifest.Layers, file)
		}
	}
	if err := s.putManifest(as, &manifest, string(manifest.MediaType)); err != nil {
		return Image{}, err
	}
	s.pushed.Store(true)
	return s.image(as.path(), as.Release, "")
}

// saved is what an archive of `docker save` holds, in the form of 20.10 or in
// that of 25 and later: both have a manifest.json, which may come last.
type saved struct {
	manifest []byte
	files    map[string]v1.Descriptor // by name; each as a layer is described
}

func (s *saved) read(store *store, archive io.Reader) error {
	links := map[string]string{}
	for from := tar.NewReader(archive); ; {
		header, err := from.Next()
		switch {
		case errors.Is(err, io.EOF):
			for name, target := range links { // a layer that is there twice, as 20.10 writes it
				if file, found := s.files[target]; found {
					s.files[name] = file
				}
			}
			return nil
		case err != nil:
			return err
		case header.Typeflag == tar.TypeSymlink:
			links[header.Name] = path.Join(path.Dir(header.Name), header.Linkname) //nolint:gosec // no file gets that name
		case header.Name == "manifest.json":
			if s.manifest, err = io.ReadAll(from); err != nil {
				return err
			}
		case header.Typeflag == tar.TypeReg:
			if s.files[header.Name], err = store.file(from); err != nil {
				return err
			}
		}
	}
}

// file makes a blob of what from has to give.
func (s *store) file(from io.Reader) (v1.Descriptor, error) {
	file, err := os.CreateTemp(s.dir, partial)
	if err != nil {
		return v1.Descriptor{}, err
	}
	one := &upload{file: file, sum: sha256.New()}
	defer one.discard()
	start := make([]byte, 4)
	n, err := io.ReadFull(from, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return v1.Descriptor{}, err
	}
	if err := one.write(io.MultiReader(bytes.NewReader(start[:n]), from)); err != nil {
		return v1.Descriptor{}, err
	}
	sum := hex.EncodeToString(one.sum.Sum(nil))
	f := v1.Descriptor{MediaType: layerType(start[:n]), Size: one.size, Digest: v1.Hash{Algorithm: "sha256", Hex: sum}}
	return f, s.keep(one, sum)
}

// layerType is what the first bytes of a layer say of it.
func layerType(start []byte) types.MediaType {
	switch {
	case strings.HasPrefix(string(start), "\x1f\x8b"):
		return types.OCILayer
	case string(start) == "\x28\xb5\x2f\xfd":
		return types.OCILayerZStd
	}
	return types.OCIUncompressedLayer
}
