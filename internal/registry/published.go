package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// maxConfig is how large a configuration may be, in bytes: most have some thousand.
const maxConfig = 8 << 20

// PublishedConfig reads the configuration with the digest of, of the image whose manifest
// REPOSITORY@DIGEST is, as it was pushed, with the credentials that the Docker CLI has in a
// directory ("" for its own). Distribution gives a configuration as a blob, and to docker
// buildx imagetools, which asks for a manifest of that digest, not at all. The error
// IsPassing where the registry may answer the next time.
func PublishedConfig(ctx context.Context, ref, of, dir string) ([]byte, error) {
	manifest, err := name.NewDigest(ref)
	if err != nil {
		return nil, fmt.Errorf("read image name %q: %w", ref, err)
	}
	at := manifest.Context().Digest(of)
	blob, err := remote.Layer(at, remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain{dir}))
	if err != nil {
		return nil, err
	}
	body, err := blob.Compressed() // its bytes are compared with the digest as they come
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(io.LimitReader(body, maxConfig+1))
	if len(text) > maxConfig {
		return nil, fmt.Errorf("the configuration %s is larger than %d MiB", at, maxConfig>>20)
	}
	return text, err
}

// IsPassing tells whether a registry that failed may give the same the next time it is
// asked: it was asked too often, or did not answer. What it refuses or does not have, and a
// server that is not to be trusted, stays so.
func IsPassing(err error) bool {
	var refused *transport.Error
	if errors.As(err, &refused) {
		return refused.StatusCode == http.StatusRequestTimeout || refused.StatusCode == http.StatusTooManyRequests || refused.StatusCode >= http.StatusInternalServerError
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Op != "dial" // the builder may know another way
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// keychain has the credentials of a directory of the Docker CLI, its helpers included.
type keychain struct{ dir string }

func (k keychain) Resolve(of authn.Resource) (authn.Authenticator, error) {
	file, err := config.Load(k.dir)
	if err != nil {
		return nil, err
	}
	key := of.RegistryStr()
	if key == name.DefaultRegistry {
		key = authn.DefaultAuthKey
	}
	found, err := file.GetAuthConfig(key)
	if err != nil {
		return nil, err
	}
	if found.ServerAddress = ""; found == (types.AuthConfig{}) {
		return authn.Anonymous, nil
	}
	return authn.FromConfig(authn.AuthConfig{
		Username: found.Username, Password: found.Password, Auth: found.Auth, IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
	}), nil
}
