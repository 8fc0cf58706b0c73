package deploy

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

// WithoutOneShots is the model of a release without the services that run once,
// and without waiting for them: a release that is restored has had its migrations.
func WithoutOneShots(model []byte, r Release) ([]byte, error) {
	return WithoutThose(model, r, func(string) bool { return true })
}

// WithoutThose is the model of a release without those of its services that run
// once, and without waiting for them.
func WithoutThose(model []byte, r Release, those func(service string) bool) ([]byte, error) {
	return only(model, func(name string) bool { return !r.Services[name].OneShot || !those(name) })
}

// Without is a model without one of its services.
func Without(model []byte, service string) ([]byte, error) {
	return only(model, func(name string) bool { return name != service })
}

// only is a model with some of its services, which wait for none of the others.
func only(model []byte, wanted func(name string) bool) ([]byte, error) {
	var root map[string]any
	if err := yaml.Unmarshal(model, &root); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	services, _ := root["services"].(map[string]any)
	for name, one := range services {
		if !wanted(name) {
			delete(services, name)
			continue
		}
		service, _ := one.(map[string]any)
		on, _ := service["depends_on"].(map[string]any)
		for name := range on {
			if !wanted(name) {
				delete(on, name)
			}
		}
	}
	return yaml.Marshal(root)
}

// NotAmong are the backends of a release that a gateway does not have.
func NotAmong(routes []Published, has []gateway.Route) []string {
	var list []string
	for _, r := range routes {
		if !slices.ContainsFunc(has, func(g gateway.Route) bool { return g.Backend() == r.Backend() }) {
			list = append(list, r.Backend())
		}
	}
	return list
}
