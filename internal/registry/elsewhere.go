package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/infinitescribe/spellbook/internal/platform"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Elsewhere finds images of another platform than this machine's in the
// registries that they are from: what this machine has of a name is of one
// version, and what the server gets is of the same, for its platform.
type Elsewhere struct {
	// Digests are what the local engine knows an image by in registries,
	// REPOSITORY@sha256:…; none where it has no such image, or built it.
	Digests func(ctx context.Context, ref string) ([]string, error)
	// Manifest is what a registry has: an index, or the manifest of one platform.
	Manifest func(ctx context.Context, ref string) ([]byte, error)
	File     string // what registries have said, remembered
	Note     func(unsaved error)
	Look     bool // File is used, and not written
}

// answers are what registries have said, by reference and platform.
type answers struct {
	Version int             `json:"version"`
	Images  map[string]said `json:"images"`
}

// said is of the version of an image that this machine had; "" where it had none.
type said struct {
	Of   string `json:"of"`
	Name string `json:"name"`
}

const answersVersion = 1

// Name is REPOSITORY@DIGEST of an image's manifest for the platform. Neither a pull
// by that name nor its image touches what else the engine has of the repository,
// which the digest of an index would not leave alone. The error says what there is
// instead, or why nobody knows.
func (e Elsewhere) Name(ctx context.Context, ref, engine string) (string, error) {
	named, err := reference.ParseDockerRef(ref)
	if err != nil {
		return "", fmt.Errorf("read image name %q: %w", ref, err)
	}
	of, err := e.version(ctx, ref, named)
	if err != nil {
		return "", err
	}
	all, _ := state.ReadJSON[answers](e.File, answersVersion) // no memory is no answer
	key := ref + " " + engine
	if known, is := all.Images[key]; is && (known.Of == of || of == "") {
		return known.Name, nil
	}
	name, sure, err := e.ask(ctx, named, of, engine)
	if err != nil || e.Look || !sure {
		return name, err
	}
	if all.Images == nil {
		all = answers{Version: answersVersion, Images: map[string]said{}}
	}
	all.Images[key] = said{Of: of, Name: name}
	e.Note(state.WriteJSON(e.File, all))
	return name, nil
}

// version is the image that the local engine has under a name, as its registry
// calls it.
func (e Elsewhere) version(ctx context.Context, ref string, named reference.Named) (string, error) {
	list, err := e.Digests(ctx, ref)
	for _, one := range list {
		if repository, _, _ := strings.Cut(one, "@"); repository == reference.FamiliarName(named) {
			return one, err
		}
	}
	return "", err
}

// ask asks for the version that is here, and where that is of one platform alone,
// or gone, for the name. What is no index is not sure to be for the platform.
func (e Elsewhere) ask(ctx context.Context, named reference.Named, of, engine string) (name string, sure bool, err error) {
	refs := []string{reference.FamiliarString(named)}
	if of != "" && of != refs[0] {
		refs = append([]string{of}, refs...)
	}
	var failed error
	for _, ref := range refs {
		body, err := e.Manifest(ctx, ref)
		if err == nil {
			var digest string
			if digest, sure, err = e.digest(body, engine, ref == of); err == nil {
				return reference.FamiliarName(named) + "@" + digest, sure, nil
			}
		}
		if ctx.Err() != nil {
			return "", false, context.Cause(ctx)
		}
		failed = err // that of the name counts
	}
	return "", false, failed
}

// digest is that of the manifest for the platform. A manifest that is no index does
// not say for which it is; that of the version which is here is for this machine's.
func (e Elsewhere) digest(body []byte, engine string, here bool) (of string, index bool, err error) {
	manifest, err := v1.ParseIndexManifest(bytes.NewReader(body))
	switch {
	case err != nil:
		return "", false, fmt.Errorf("read what the registry has: %w", err)
	case len(manifest.Manifests) > 0:
		of, err = choose(manifest, engine)
		return of, true, err
	case here:
		return "", false, errors.New("its registry has it for one platform")
	}
	return digest(body), false, nil
}

// choose is the digest of an index's manifest that an engine of a platform takes;
// "" takes the only one. Those of attestations are for none (their platform is
// unknown/unknown).
func choose(index *v1.IndexManifest, engine string) (string, error) {
	var has, digests []string
	for _, m := range index.Manifests {
		if m.Platform != nil && m.Platform.OS != "unknown" {
			has, digests = append(has, m.Platform.String()), append(digests, m.Digest.String())
		}
	}
	at := platform.Best(engine, has)
	if engine == "" && len(has) == 1 {
		at = 0
	}
	if at < 0 {
		return "", fmt.Errorf("there is none for %q, but for %s", engine, strings.Join(has, ", "))
	}
	return digests[at], nil
}
