package project

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// backendStem is how the Compose file of the application's own services is
// called.
const backendStem = "docker-compose.backend"

// BackendFile is the Compose file of the application's own services, among
// those that were loaded; "" where there is none.
func (p *Project) BackendFile() string {
	i := slices.IndexFunc(p.Files, func(f string) bool { return strings.HasPrefix(filepath.Base(f), backendStem+".") })
	if i < 0 {
		return ""
	}
	return p.Files[i]
}

// BackendServices are the services that the backend's Compose file names,
// whether it is loaded or not.
func (l Layout) BackendServices() []string {
	path, _ := l.first([]string{backendStem + ".yml", backendStem + ".yaml"})
	return servicesOf(path)
}

// BackendServices are the services that the backend's Compose file names.
func (p *Project) BackendServices() []string { return servicesOf(p.BackendFile()) }

func servicesOf(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var file struct {
		Services map[string]any `yaml:"services"`
	}
	if yaml.Unmarshal(text, &file) != nil {
		return nil // what is wrong with it, the load has said
	}
	names := make([]string, 0, len(file.Services))
	for name := range file.Services {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Hides reports whether a text holds a secret of the environment.
func (p *Project) Hides(text string) bool { return p.hide != nil && p.hide(text) != text }
