package project

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

// Digests identify what was asked for: one for what services share (networks,
// volumes, configs, secrets, the project's name) and one for each service.
// Equal digests and unmoved images mean there is nothing to do.
type Digests struct {
	Shared   string            `json:"shared"`
	Services map[string]string `json:"services"`
	// Plugins are the digests of the fragments that have enabled services.
	Plugins map[string]string `json:"plugins,omitempty"`
}

// Digests hashes the resolved model, and the content of the files that configs
// and secrets name.
func (p *Project) Digests() (Digests, error) {
	d := Digests{Services: make(map[string]string, len(p.Model.Services)), Plugins: map[string]string{}}
	var err error
	m := p.Model
	if d.Shared, err = hash(p.Name, m.Networks, m.Volumes, m.Configs, m.Secrets, p.fileContents()); err != nil {
		return d, err
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

func hash(parts ...any) (string, error) {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(parts); err != nil {
		return "", fmt.Errorf("digest model: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// fileContents maps the files behind configs and secrets to their hashes.
func (p *Project) fileContents() map[string]string {
	contents := map[string]string{}
	add := func(path string) {
		if data, err := os.ReadFile(path); path != "" && err == nil {
			sum := sha256.Sum256(data)
			contents[path] = hex.EncodeToString(sum[:])
		}
	}
	for _, c := range p.Model.Configs {
		add(c.File)
	}
	for _, s := range p.Model.Secrets {
		add(s.File)
	}
	return contents
}
