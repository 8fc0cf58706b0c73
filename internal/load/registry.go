package load

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// registryPatience is how long a registry may take to answer once.
const registryPatience = 15 * time.Second

// Manifest is what a registry has of a reference, as docker.RawManifestArgv has it
// told by the Docker CLI, which has the user's credentials. The error is one line
// for the user, and docker.ErrNotGiven where the registry has no such thing to give.
func (s *Session) Manifest(ctx context.Context, ref string) ([]byte, error) {
	return s.askRegistry(ctx, docker.RawManifestArgv(ref))
}

// PublishedConfig is the configuration with the digest of, of the image whose manifest
// REPOSITORY@DIGEST is: as it was pushed, or as docker.ImageConfigArgv has it told where
// the builder alone reaches the registry.
func (s *Session) PublishedConfig(ctx context.Context, ref, of string) ([]byte, error) {
	bounded, cancel := patient(ctx)
	defer cancel()
	text, err := registry.PublishedConfig(bounded, ref, of, s.dockerConfigDir())
	if bounded.Err() != nil {
		return nil, context.Cause(bounded)
	}
	if err == nil || registry.IsPassing(err) {
		return text, err
	}
	return s.askRegistry(ctx, docker.ImageConfigArgv(ref))
}

func (s *Session) askRegistry(ctx context.Context, argv []string) ([]byte, error) {
	ctx, cancel := patient(ctx)
	defer cancel()
	var out, errs bytes.Buffer
	err := s.Exec(ctx, argv, &out, &errs)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, docker.ManifestError(errs.String(), err)
	}
	return out.Bytes(), nil
}

func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %s", registryPatience))
}
