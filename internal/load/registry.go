package load

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// registryPatience is how long a registry may take to answer once.
const registryPatience = 15 * time.Second

// Manifest is what a registry has of a reference, as docker.RawManifestArgv has it
// told by the Docker CLI, which has the user's credentials. The error is one line
// for the user, and docker.ErrNotGiven where the registry has no such thing to give.
func (s *Session) Manifest(ctx context.Context, ref string) ([]byte, error) {
	return s.askRegistry(ctx, docker.RawManifestArgv(ref))
}

// PublishedConfig is the configuration of the image whose manifest REPOSITORY@DIGEST
// is, likewise, as docker.ImageConfigArgv has it told.
func (s *Session) PublishedConfig(ctx context.Context, ref string) ([]byte, error) {
	return s.askRegistry(ctx, docker.ImageConfigArgv(ref))
}

func (s *Session) askRegistry(ctx context.Context, argv []string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %s", registryPatience))
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
