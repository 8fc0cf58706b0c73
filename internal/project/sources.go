package project

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// Sources are the files that the model was read from: the Compose files, and
// all that they include or extend. whole is false where there was more than
// that: files from elsewhere, or variables of an include's own.
func (p *Project) Sources() (paths []string, whole bool) {
	whole = true
	for _, s := range p.sources() {
		paths = append(paths, s.path)
		for _, where := range []string{"include.[]", "include.[].path", "include.[].path.[]", "services.*.extends.file"} {
			whole = whole && !slices.ContainsFunc(s.find(where), func(h hit) bool {
				return h.value.Kind == yaml.ScalarNode && isRemote(h.value.Value)
			})
		}
		whole = whole && len(s.find("include.[].env_file")) == 0 && s.err == nil
	}
	return paths, whole
}
