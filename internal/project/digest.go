package project

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
)

// Digests identify what was asked for: one for what services share (configs,
// secrets, the project's name), one for each network and volume, and one for
// each service. Equal digests and unmoved images mean there is nothing to do.
type Digests struct {
	Shared string `json:"shared"`
	// Parts are of networks and volumes: "network front", "volume data".
	Parts    map[string]string `json:"parts"`
	Services map[string]string `json:"services"`
	// Plugins are the digests of the fragments that have enabled services.
	Plugins map[string]string `json:"plugins,omitempty"`
}

// Digests hashes the resolved model, without the content of configs and secrets:
// what is given to a container is told of each.
func (p *Project) Digests() (Digests, error) {
	d := Digests{Services: make(map[string]string, len(p.Model.Services)), Plugins: map[string]string{}, Parts: map[string]string{}}
	var err error
	m := p.Model
	if d.Shared, err = hash(p.Name, withoutContent(m.Configs), withoutContent(m.Secrets)); err != nil {
		return d, err
	}
	for name, network := range m.Networks {
		if d.Parts["network "+name], err = hash(network); err != nil {
			return d, err
		}
	}
	for name, volume := range m.Volumes {
		if d.Parts["volume "+name], err = hash(volume); err != nil {
			return d, err
		}
	}
	for name, service := range m.Services {
		if d.Services[name], err = hash(service); err != nil {
			return d, err
		}
	}
	for _, f := range p.fragments {
		for _, name := range f.Services {
			if _, enabled := m.Services[name]; enabled {
				d.Plugins[f.Plugin] = f.Digest
			}
		}
	}
	return d, nil
}

// Reshape reports whether what services share is another than last time: what
// was there has changed. What came or went is the matter of the services that
// use it.
func (d Digests) Reshape(last Digests) bool {
	if d.Shared != last.Shared {
		return true
	}
	for name, before := range last.Parts {
		if now, still := d.Parts[name]; still && now != before {
			return true
		}
	}
	return false
}

func hash(parts ...any) (string, error) {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(parts); err != nil {
		return "", fmt.Errorf("digest model: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

func withoutContent[T types.ConfigObjConfig | types.SecretConfig](all map[string]T) map[string]types.FileObjectConfig {
	list := map[string]types.FileObjectConfig{}
	for name, one := range all {
		object := types.FileObjectConfig(one)
		object.Content = ""
		list[name] = object
	}
	return list
}
