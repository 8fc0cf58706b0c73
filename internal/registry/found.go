package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Found is what a name stands for in its registry.
type Found struct {
	Digest string // of an index, or of the manifest of one platform
	name   reference.Named
	body   []byte
	Source
}

// Source is who asks a registry.
type Source interface {
	// Manifest is what the registry has of a reference, or of REPOSITORY@DIGEST: an
	// index, a manifest, a configuration. Distribution 2 does not give the last (docker.ErrNotGiven).
	Manifest(ctx context.Context, ref string) ([]byte, error)
	// PublishedConfig is the configuration with the digest of, of the image whose manifest
	// REPOSITORY@DIGEST is: as it was pushed, or what OCI has words for of it.
	PublishedConfig(ctx context.Context, ref, of string) ([]byte, error)
}

// Find asks a registry what a name stands for.
func Find(ctx context.Context, source Source, ref string) (Found, error) {
	name, err := reference.ParseDockerRef(ref)
	if err != nil {
		return Found{}, fmt.Errorf("read image name %q: %w", ref, err)
	}
	body, err := source.Manifest(ctx, ref)
	if err != nil {
		return Found{}, err
	}
	return Found{Digest: digest(body), name: name, body: body, Source: source}, nil
}

// Config is the configuration of the image that an engine of a platform takes.
// Of one that the builder alone reaches and that does not give it by its digest
// (docker.ErrNotGiven), and of whose configuration OCI has not words for all, it has only
// Content, which then is the configuration's digest: no engine tells the same, but it is of
// that image alone. A registry that does not answer just now is an error: the next look would
// have another digest for the same image.
func (n Found) Config(ctx context.Context, engine string) (docker.ImageConfig, error) {
	at, body := n.Digest, n.body
	index, err := v1.ParseIndexManifest(bytes.NewReader(body))
	if err != nil {
		return docker.ImageConfig{}, fmt.Errorf("read what the registry has: %w", err)
	}
	if len(index.Manifests) > 0 {
		child, err := choose(index, engine)
		if err != nil {
			return docker.ImageConfig{}, err
		}
		at = child
		if body, err = n.Manifest(ctx, n.at(child)); err != nil {
			return docker.ImageConfig{}, err
		}
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(body))
	if err != nil {
		return docker.ImageConfig{}, fmt.Errorf("read what the registry has: %w", err)
	}
	of := manifest.Config.Digest.String()
	text, err := n.Manifest(ctx, n.at(of))
	if errors.Is(err, docker.ErrNotGiven) {
		text, err = n.PublishedConfig(ctx, n.at(at), of)
	}
	if ctx.Err() != nil {
		return docker.ImageConfig{}, context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, docker.ErrNotGiven) {
		return docker.ImageConfig{}, err
	}
	if digest(text) != of {
		text = asWritten(text, of)
	}
	if err != nil || text == nil {
		return docker.ImageConfig{Content: of}, nil
	}
	return docker.ParseImageConfig(text)
}

// asWritten is the configuration of a digest from how buildx tells it, as BuildKit writes
// one: fields by their names in order, and up to Docker 20.10 an ONBUILD of nothing. nil is
// for what has another digest.
func asWritten(told []byte, of string) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(told, &fields) != nil || fields["config"] == nil {
		return nil
	}
	settings := strings.TrimSuffix(string(fields["config"]), "}")
	for _, end := range []string{"}", `,"OnBuild":null}`} {
		fields["config"] = json.RawMessage(settings + end)
		if text, err := json.Marshal(fields); err == nil && digest(text) == of {
			return text
		}
	}
	return nil
}

// at is what the repository has of a digest.
func (n Found) at(digest string) string { return reference.FamiliarName(n.name) + "@" + digest }
