package project

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"
)

// source is one YAML file as it was written, before any merge.
type source struct {
	path  string
	lines []string
	docs  []*yaml.Node
	err   error // what the YAML parser says of it
	steps int   // of the search under way, see most
}

// place is a line of a file; line 0 is the file as a whole.
type place struct {
	file string // as shown to the user
	line int
}

func (a place) String() string {
	if a.line == 0 {
		return a.file
	}
	return fmt.Sprintf("%s:%d", a.file, a.line)
}

// Short is path as messages show it: relative to the root where it is inside.
func (p *Project) Short(path string) string { return p.Layout.Short(path) }

// Short is a path as messages show it: relative to the root, with slashes, if
// it is below.
func (l Layout) Short(path string) string {
	rel, err := filepath.Rel(l.Root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return path
	}
	return filepath.ToSlash(rel)
}

// sources parses the Compose files and all that they include or extend.
func (p *Project) sources() []*source {
	var list []*source
	seen := map[string]bool{}
	var add func(path, dir string)
	add = func(path, dir string) {
		if seen[path] {
			return
		}
		seen[path] = true
		s := parseSource(path)
		list = append(list, s)
		for _, next := range p.references(s, dir) {
			add(next, filepath.Dir(next))
		}
	}
	for _, path := range p.Files {
		add(path, filepath.Dir(p.Files[0]))
	}
	return list
}

func parseSource(path string) *source {
	s := &source{path: path}
	data, err := os.ReadFile(path)
	if err != nil {
		return s
	}
	s.lines = strings.Split(string(data), "\n")
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err != nil {
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			return s
		}
		s.docs = append(s.docs, &doc)
	}
}

// references are the files that s includes or extends; dir is what its
// relative paths start from.
func (p *Project) references(s *source, dir string) []string {
	var paths []string
	for _, where := range []string{"include.[]", "include.[].path", "include.[].path.[]", "services.*.extends.file"} {
		for _, h := range s.find(where) {
			if h.value.Kind == yaml.ScalarNode && !isRemote(h.value.Value) {
				paths = append(paths, p.resolve(h.value.Value, dir))
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// isRemote knows what compose-go's Git and OCI loaders take.
func isRemote(ref string) bool { return strings.Contains(ref, "://") || strings.HasPrefix(ref, "git@") }

func (p *Project) resolve(ref, dir string) string {
	if path := p.substitute(ref); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, p.substitute(ref))
}

// substitute fills variables in as the load did; what cannot be filled stays.
func (p *Project) substitute(text string) string {
	filled, err := p.fill(text)
	if err != nil {
		return text
	}
	return filled
}

func (p *Project) fill(text string) (string, error) {
	return template.SubstituteWithOptions(text, func(name string) (string, bool) {
		value, ok := p.environ[name]
		return value, ok
	}, template.WithoutLogging)
}
