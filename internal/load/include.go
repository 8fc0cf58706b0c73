package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
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

// Inclusions are the files that a project's files include, with their env_file.
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

// Resolve reads the env files of an inclusion, a level at a time: what is set
// further out is to them what the shell is to an environment.
func (i Inclusion) Resolve(p *project.Project, outer dotenv.Resolution) (list []dotenv.Resolution, err error) {
	for _, level := range i.levels {
		o := dotenv.ResolveOptions{}
		for name, value := range outer.Reveal() {
			o.Shell = append(o.Shell, name+"="+value)
		}
		for _, path := range level {
			text, err := environ.ReadFile(path)
			if err != nil {
				return list, err
			}
			o.Files = append(o.Files, dotenv.File{Path: p.Short(path), Text: secret.New(string(text))})
		}
		if outer, err = dotenv.Resolve(o); err != nil {
			return list, err
		}
		list = append(list, outer)
	}
	return list, nil
}

// IncludedSettings are what the levels say of a variable, and whether the first of them
// holds.
func IncludedSettings(levels []dotenv.Resolution, variable string) (list []dotenv.Setting, holds bool) {
	for _, level := range levels {
		v := level.Explain(variable)
		for _, s := range append([]dotenv.Setting{v.Winner}, v.Losers...) {
			if s.Layer == dotenv.EnvFile && !s.Bare {
				list = append(list, s)
			}
		}
		holds = holds || v.Winner.Layer == dotenv.EnvFile
	}
	return list, holds
}

// includedSecrets are the env files of include:, for the secrets in them.
func includedSecrets(p *project.Project) (list []environ.Environment) {
	for _, i := range Inclusions(p) {
		for _, level := range i.levels {
			for _, path := range level {
				if text, err := environ.ReadFile(path); err == nil {
					list = append(list, environ.Environment{File: p.Short(path), Document: dotenv.Parse(string(text))})
				}
			}
		}
	}
	return list
}
