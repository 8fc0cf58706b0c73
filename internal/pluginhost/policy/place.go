package policy

import (
	"fmt"
	"path"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// Places are what a repository has that is more than a file to whoever may
// reach it, by path relative to its root: values, history, what is run next.
type Places map[string]string

// of are the places that a path leads to: it holds one, or lies in one.
func (p Places) of(rel string) (list []string) {
	for _, at := range Sorted(p) {
		if Below(rel, at) || Below(at, rel) || rel == "." {
			list = append(list, path.Clean(at))
		}
	}
	return list
}

// Notes say what a permission for a path of the repository gives away.
func (p Places) Notes(permissions []manifest.Permission) (lines []string) {
	for _, one := range permissions {
		rel, isPath := strings.CutPrefix(one.Key, "mount:")
		if !isPath || strings.HasPrefix(rel, "/") || strings.HasPrefix(rel, "~") {
			continue
		}
		for _, at := range p.of(path.Clean(rel)) {
			lines = append(lines, fmt.Sprintf("  %s gives it %s: %s", one.Key, at, p[at]))
		}
	}
	return lines
}
