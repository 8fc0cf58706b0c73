package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/project"
	"go.yaml.in/yaml/v4"
)

// A file that is included is filled in with env files of its own besides: those
// that the entry of include: names, or else the .env of its directory. They are
// weaker than the shell and the environment, and stronger than defaults; of
// entries inside each other the outer one wins. Source: compose-go,
// loader/include.go, and `docker compose config`.

// include is an entry of include:, as it is written.
type include struct {
	Path             texts  `yaml:"path"`
	ProjectDirectory string `yaml:"project_directory"`
	EnvFile          texts  `yaml:"env_file"`
}

// texts is a list, or one text.
type texts []string

// UnmarshalYAML takes both.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = texts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// UnmarshalYAML takes a path alone as well.
func (i *include) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		i.Path = texts{n.Value}
		return nil
	}
	type plain include
	return n.Decode((*plain)(i))
}

// Inclusion is one way in which a file is included.
type Inclusion struct {
	File   string     // as messages show it
	levels [][]string // the env files of each entry on the way, the outermost first
}

// mostIncluded bounds the walk, where files include each other.
const mostIncluded = 1000

type includeWalker struct {
	p    *project.Project
	list []Inclusion
}

func Inclusions(p *project.Project) []Inclusion {
	w := includeWalker{p: p}
	for _, file := range p.Files {
		w.walk(file, filepath.Dir(p.Files[0]), nil)
	}
	return w.list
}

// walk follows the entries of a file; what it cannot read, the load has refused.
func (w *includeWalker) walk(file, dir string, levels [][]string) {
	text, err := os.ReadFile(file)
	var doc struct {
		Include []include `yaml:"include"`
	}
	if err != nil || yaml.Unmarshal(text, &doc) != nil || len(levels) > 16 {
		return
	}
	for _, i := range doc.Include {
		w.entry(i, dir, levels)
	}
}

func (w *includeWalker) entry(i include, dir string, levels [][]string) {
	if len(i.Path) == 0 || len(w.list) > mostIncluded {
		return
	}
	own := filepath.Dir(w.path(i.Path[0], dir))
	if i.ProjectDirectory != "" {
		own = w.path(i.ProjectDirectory, dir)
	}
	var files []string
	for _, f := range i.EnvFile {
		if path := w.path(f, dir); path != os.DevNull {
			files = append(files, path)
		}
	}
	if info, err := os.Stat(filepath.Join(own, ".env")); len(i.EnvFile) == 0 && err == nil && info.Mode().IsRegular() {
		files = append(files, filepath.Join(own, ".env"))
	}
	levels = append(slices.Clone(levels), files)
	for _, path := range i.Path {
		path = w.path(path, dir)
		w.list = append(w.list, Inclusion{w.p.Short(path), levels})
		w.walk(path, own, levels)
	}
}

// path is absolute, and filled in with the project's variables.
func (w *includeWalker) path(text, dir string) string {
	text = os.Expand(text, func(name string) string {
		name, otherwise, _ := strings.Cut(name, ":-")
		if value := w.p.Variable(name); value != "" {
			return value
		}
		return otherwise
	})
	if filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(dir, text)
}
