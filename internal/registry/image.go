package registry

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image is one that was pushed, as this registry holds it.
//
// Its identity is Config, the digest of its configuration, which names the
// content of every layer and all settings: it is what stays the same on all
// engines. An engine does not tell it: an image's ID is Config on a classic
// store, and on containerd's Manifest, or Index where the local engine pushed
// one. As each of them names the next by its digest, an engine whose ID is any
// of the three has this image and no other (IsID).
type Image struct {
	Config   string // digest, sha256:…
	Manifest string
	Index    string // "" where a plain manifest was pushed
	Platform string // os/arch or os/arch/variant
	Layers   []Layer
	Overhead int64 // bytes of configuration and manifests
}

// Layer is one of an image, the base's first.
type Layer struct {
	Digest string // of the blob that travels
	DiffID string // of its content
	Bytes  int64  // of the blob
}

// IsID reports whether an engine's ID of an image, on whichever kind of store,
// says that it is this one.
func (i Image) IsID(id string) bool {
	return id != "" && slices.Contains([]string{i.Config, i.Manifest, i.Index}, id)
}

// image is what was pushed as repository:tag: of an index, what an engine of a
// platform takes, or its only one where that is "".
func (s *Server) image(repository, tag, engine string) (Image, error) {
	body, media, err := s.manifest(repository, tag)
	if err != nil {
		return Image{}, err
	}
	var image Image
	if types.MediaType(media).IsIndex() {
		image.Index, image.Overhead = digest(body), int64(len(body))
		index, err := v1.ParseIndexManifest(bytes.NewReader(body))
		if err != nil {
			return Image{}, fmt.Errorf("read image index: %w", err)
		}
		child, err := choose(index, engine)
		if err != nil {
			return Image{}, fmt.Errorf("choose of image index %s: %w", image.Index, err)
		}
		if body, _, err = s.manifest(repository, child); err != nil {
			return Image{}, err
		}
	}
	image.Manifest = digest(body)
	manifest, err := v1.ParseManifest(bytes.NewReader(body))
	if err != nil {
		return Image{}, fmt.Errorf("read manifest %s: %w", image.Manifest, err)
	}
	image.Overhead += int64(len(body)) + manifest.Config.Size
	return image, s.configure(&image, manifest)
}

// configure adds what manifest and configuration say together.
func (s *Server) configure(image *Image, manifest *v1.Manifest) error {
	image.Config = manifest.Config.Digest.String()
	f, err := os.Open(s.store.path(manifest.Config.Digest.Hex))
	if err != nil {
		return fmt.Errorf("read image configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	config, err := v1.ParseConfigFile(f)
	if err != nil {
		return fmt.Errorf("read image configuration %s: %w", image.Config, err)
	}
	if len(config.RootFS.DiffIDs) != len(manifest.Layers) {
		return fmt.Errorf("image configuration %s has %d layers, its manifest %d", image.Config, len(config.RootFS.DiffIDs), len(manifest.Layers))
	}
	image.Platform = v1.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant}.String()
	for n, layer := range manifest.Layers {
		image.Layers = append(image.Layers, Layer{Digest: layer.Digest.String(), DiffID: config.RootFS.DiffIDs[n].String(), Bytes: layer.Size})
	}
	return nil
}

// manifest asks the handler that keeps them.
func (s *Server) manifest(repository, reference string) (body []byte, media string, err error) {
	r, err := http.NewRequest(http.MethodGet, "/v2/"+repository+"/manifests/"+reference, http.NoBody)
	if err != nil {
		return nil, "", err
	}
	a := answer{header: http.Header{}}
	if s.manifests.ServeHTTP(&a, r); a.status != http.StatusOK {
		return nil, "", fmt.Errorf("manifest %s:%s was not pushed", repository, reference)
	}
	return a.Bytes(), a.header.Get("Content-Type"), nil
}

// answer is a response that stays in this process.
type answer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

func digest(body []byte) string {
	sum, _, _ := v1.SHA256(bytes.NewReader(body)) // a buffer is read without errors
	return sum.String()
}
