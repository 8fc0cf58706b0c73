package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
)

// Hash is of what a service's containers are made from, but for the image, which
// has an identity of its own. Two laptops, two directories and two versions of
// Compose come to the same. contents are those of its configs and secrets that no
// file has, by what the service calls them.
func Hash(s types.ServiceConfig, contents map[string]string) (string, error) {
	s.Image, s.Build, s.Develop, s.Extensions, s.Profiles = "", nil, nil, nil, nil
	data, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("hash of service %s: %w", s.Name, err)
	}
	if len(contents) > 0 {
		more, err := json.Marshal(contents)
		if err != nil {
			return "", fmt.Errorf("hash of service %s: %w", s.Name, err)
		}
		data = append(data, more...)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8]), nil
}
