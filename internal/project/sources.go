package project

import (
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Sources are the files that the model was read from: the Compose files, all
// that they include or extend, and the .env beside those, whose variables
// compose-go takes for an include, whether it exists or not. whole is false
// where there was more than that: files from elsewhere, or in other places.
func (p *Project) Sources() (paths []string, whole bool) {
	whole = true
	for _, s := range p.sources() {
		paths = append(paths, s.path)
		if env := filepath.Join(filepath.Dir(s.path), ".env"); !slices.Contains(p.Files, s.path) && !slices.Contains(paths, env) {
			paths = append(paths, env)
		}
		for _, where := range []string{"include.[]", "include.[].path", "include.[].path.[]", "services.*.extends.file"} {
			whole = whole && !slices.ContainsFunc(s.find(where), func(h hit) bool {
				return h.value.Kind == yaml.ScalarNode && isRemote(h.value.Value)
			})
		}
		whole = whole && len(s.find("include.[].env_file")) == 0 && len(s.find("include.[].project_directory")) == 0 && s.docs != nil && s.err == nil
	}
	return paths, whole
}
