package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// Manifest is what a registry has of an image, by the Docker CLI, which has the
// user's credentials.
func (o *Operation) Manifest(ctx context.Context, ref string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %s", registryPatience))
	defer cancel()
	var out, errs bytes.Buffer
	err := o.Exec(ctx, docker.RawManifestArgv(ref), &out, &errs)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if _, reason := docker.ManifestDigest(errs.String()); err != nil && reason != "" {
		return nil, errors.New(reason)
	}
	return out.Bytes(), err
}

// registryPatience is how long a registry may take to answer for one image.
const registryPatience = 15 * time.Second

// Tunnel leads from the server to an address of this machine. Where none is to be
// had, it is "".
func (o *Operation) Tunnel(ctx context.Context, local string) (string, error) {
	remote, _, err := o.Server.Reverse(ctx, local)
	if errors.Is(err, ssh.ErrForwardingRefused) {
		return "", nil
	}
	return remote, err
}
