package project

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// guarded loads by compose-go, whose panics (an empty pid: is one) become errors.
func (p *Project) guarded(load func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = p.panicked(r)
		}
	}()
	return load()
}

// panicked names the keys of services that have no value: what compose-go
// stumbles over is one of them.
func (p *Project) panicked(reason any) error {
	var keys []string
	for _, s := range p.sources() {
		for _, doc := range s.docs {
			keys = append(keys, p.emptyKeys(s.path, doc)...)
		}
	}
	if len(keys) == 0 {
		return failure.New(failure.Preflight, "Compose's own library fails on these files: %v", reason).WithHint("docker compose config")
	}
	f := failure.New(failure.Preflight, "%s has no value", keys[0])
	if len(keys) > 1 {
		f = failure.New(failure.Preflight, "one of %d keys without a value is not allowed", len(keys)).WithDetails(keys...)
	}
	return f.WithHint("give it a value, or remove the key")
}

// emptyKeys are FILE:LINE: services.NAME.KEY.
func (p *Project) emptyKeys(path string, doc *yaml.Node) (keys []string) {
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		doc = doc.Content[0]
	}
	services := child(doc, "services")
	if services == nil || services.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(services.Content); i += 2 {
		service := services.Content[i+1]
		if service.Kind != yaml.MappingNode {
			continue
		}
		for j := 0; j+1 < len(service.Content); j += 2 {
			if key := service.Content[j]; service.Content[j+1].Tag == "!!null" {
				keys = append(keys, fmt.Sprintf("%s:%d: services.%s.%s", p.Short(path), key.Line, services.Content[i].Value, key.Value))
			}
		}
	}
	return keys
}
