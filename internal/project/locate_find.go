package project

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// locator finds where in the user's files something is said.
type locator struct {
	p       *Project
	sources []*source
	secrets map[string]bool // see isSecret
}

func newLocator(p *Project) *locator { return &locator{p: p, sources: p.sources()} }

// in puts the named file first, as the one an error is most likely about.
func (l *locator) in(path string) *locator {
	first := slices.Clone(l.sources)
	slices.SortStableFunc(first, func(a, b *source) int {
		switch path {
		case a.path:
			return -1
		case b.path:
			return 1
		}
		return 0
	})
	return &locator{p: l.p, sources: first}
}

// find looks in every file, and takes the entries of the first that has any.
func (l *locator) find(path string) []hit {
	for _, s := range l.sources {
		if found := s.find(path); len(found) > 0 {
			return found
		}
	}
	return nil
}

// all looks in every file.
func (l *locator) all(path string) []hit {
	var found []hit
	for _, s := range l.sources {
		found = append(found, s.find(path)...)
	}
	return found
}

// path is where the entry at path is, in the service it extends where it is
// inherited, or as much of the path as there is.
func (l *locator) path(path string) place {
	if len(l.find(path)) == 0 {
		path = l.inherited(path, 0)
	}
	for parts := split(path); len(parts) > 0; parts = parts[:len(parts)-1] {
		if found := l.find(strings.Join(parts, ".")); len(found) > 0 {
			return l.place(found[len(found)-1])
		}
	}
	return l.whole()
}

// inherited is the path in the service that is extended, where there is one
// that has it; else path.
func (l *locator) inherited(path string, depth int) string {
	parts := split(path)
	if len(parts) < 3 || parts[0] != "services" || depth > deepest {
		return path
	}
	for _, where := range []string{".extends.service", ".extends"} {
		for _, h := range l.all("services." + parts[1] + where) {
			base := "services." + h.value.Value + "." + strings.Join(parts[2:], ".")
			if h.value.Kind == yaml.ScalarNode && h.value.Value != "" && len(l.find(l.inherited(base, depth+1))) > 0 {
				return l.inherited(base, depth+1)
			}
		}
	}
	return path
}

// holding is where text is said below path, wherever that is in the files;
// without it, where path is.
func (l *locator) holding(path, text string) place {
	for _, h := range l.all(path) {
		if line := h.lineOf(text); line <= len(h.src.lines) && strings.Contains(h.src.lines[line-1], text) {
			return place{l.p.Short(h.src.path), line}
		}
	}
	return l.path(path)
}

// scalar is the first scalar below any of the paths that match accepts.
func (l *locator) scalar(match func(string) bool, paths ...string) (hit, bool) {
	for _, path := range paths {
		for _, h := range l.all(path) {
			if h.value.Kind == yaml.ScalarNode && match(h.value.Value) {
				return h, true
			}
		}
	}
	return hit{}, false
}

func (l *locator) place(h hit) place { return place{l.p.Short(h.src.path), h.line()} }

// whole is the first file, where nothing better is known.
func (l *locator) whole() place {
	if len(l.sources) == 0 {
		return place{file: l.p.Short(l.p.Layout.Root)}
	}
	return place{file: l.p.Short(l.sources[0].path)}
}

// keys are the names at a path in all files, sorted.
func (l *locator) keys(path string) []string {
	var list []string
	for _, h := range l.all(path + ".*") {
		if h.key != nil {
			list = append(list, h.key.Value)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
