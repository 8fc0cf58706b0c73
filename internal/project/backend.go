package project

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/composefiles"
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

// BackendServices are the services that the backend's Compose file names or
// includes, whether it is loaded or not.
func (l Layout) BackendServices() []string {
	path, _ := composefiles.Stem(l.Path(l.ComposeDir), backendStem)
	return servicesOf(path)
}

// BackendServices are the services that the backend's Compose file names or
// includes.
func (p *Project) BackendServices() []string { return servicesOf(p.BackendFile()) }

func servicesOf(path string) []string {
	names := map[string]bool{}
	gather(path, names, map[string]bool{})
	return slices.Sorted(maps.Keys(names))
}

// gather adds the services of a file and of those that it includes. What is
// wrong with them, the load has said; files from elsewhere or behind variables
// are no part of the backend.
func gather(path string, names, seen map[string]bool) {
	text, err := os.ReadFile(path)
	if err != nil || seen[path] {
		return
	}
	seen[path] = true
	var file struct {
		Services map[string]any `yaml:"services"`
		Include  []any          `yaml:"include"`
	}
	if yaml.Unmarshal(text, &file) != nil {
		return
	}
	for name := range file.Services {
		names[name] = true
	}
	for _, next := range included(file.Include) {
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		gather(next, names, seen)
	}
}

// included are the paths of an include, which is a path, or says path: with one
// or several.
func included(given []any) []string {
	var paths []string
	for _, one := range given {
		switch one := one.(type) {
		case string:
			paths = append(paths, one)
		case map[string]any:
			more, several := one["path"].([]any)
			if !several {
				more = []any{one["path"]}
			}
			paths = append(paths, included(more)...)
		}
	}
	return paths
}

// Hides reports whether a text holds a secret of the environment.
func (p *Project) Hides(text string) bool { return p.hide != nil && p.hide(text) != text }

// Holder is the variable that a text holds the value of, a secret's before
// others; "" where it holds none. What is shorter than four characters is no
// sign of anything.
func (p *Project) Holder(text string) string {
	isSecret, found := p.secretNames(), ""
	for _, name := range slices.Sorted(maps.Keys(p.environ)) {
		value := p.environ[name]
		if len(value) < 4 || !strings.Contains(text, value) {
			continue
		}
		if isSecret(name) {
			return name
		}
		if found == "" && value == text {
			found = name
		}
	}
	return found
}
