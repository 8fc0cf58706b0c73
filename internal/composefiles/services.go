package composefiles

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Services are those that a Compose file names, and those of the files that it
// includes, sorted.
func Services(path string) []string {
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
