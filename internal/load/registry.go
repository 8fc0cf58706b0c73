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
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %s", registryPatience))
	defer cancel()
	var out, errs bytes.Buffer
	err := s.Exec(ctx, docker.RawManifestArgv(ref), &out, &errs)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, docker.ManifestError(errs.String(), err)
	}
	return out.Bytes(), nil
}
