package project

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Use is one place where a variable is read: by interpolation, or by its name
// alone.
type Use struct {
	Variable string
	File     string // as shown to the user
	Line     int
	Path     string // services.db.ports[0]; in an env_file the name of the variable that it gives
	Service  string // "" where no service is concerned

	Default        string // as it is written: it may refer to variables
	HasDefault     bool
	Required       bool // without a value nothing loads
	EmptyIsMissing bool // the default, or the refusal, is for an empty value, too
	Nested         bool // in the default of another one: read only where that one is missing
	ByName         bool // NAME alone, below environment: and the like
	Alternative    bool // ${NAME:+text}: something else is written where there is a value
}

// Uses are all places of the Compose files, of those that they include and
// extend, and of the services' env files, where a variable is read, sorted by
// file and line. A service reads what the service reads that it extends. Places
// in services that no profile enables are among them.
func (p *Project) Uses() []Use {
	w := useWalker{p: p}
	for _, s := range p.sources() {
		w.src, w.steps = s, 0
		for _, doc := range s.docs {
			w.walk(doc, nil, 0)
		}
	}
	w.extend()
	w.envFiles()
	list := slices.DeleteFunc(w.uses, func(u Use) bool { return u.Service != "" && !p.Known(u.Service) })
	slices.SortStableFunc(list, func(a, b Use) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.Service, b.Service))
	})
	return slices.Compact(list)
}

// Defaults are the defaults of the uses as settings of the weakest layer, by
// variable, in the order of the uses; each holds in its own place only. Variables
// that a default refers to are filled in.
func (p *Project) Defaults(uses []Use) map[string][]dotenv.Setting {
	list := map[string][]dotenv.Setting{}
	for _, u := range uses {
		if !u.HasDefault {
			continue
		}
		s := dotenv.Setting{Origin: dotenv.Origin{Layer: dotenv.ComposeDefault, File: u.File, Line: u.Line},
			Value: secret.New(p.substitute(u.Default)), IsSet: true, Written: secret.New(u.Default)}
		if !slices.ContainsFunc(list[u.Variable], func(other dotenv.Setting) bool { return other.Origin == s.Origin && other.Value == s.Value }) {
			list[u.Variable] = append(list[u.Variable], s)
		}
	}
	return list
}

type useWalker struct {
	p     *Project
	src   *source
	steps int
	uses  []Use
	bases []extension
}

// extension is one extends: service, in a file, extends from.
type extension struct {
	service, in string
	from        string
	file        string // where from is
}

// walk visits every scalar that is a value. An alias is read where it stands,
// in the file's line of what it stands for.
func (w *useWalker) walk(n *yaml.Node, path []string, depth int) {
	if w.steps++; depth > deepest || w.steps > most {
		return
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, child := range n.Content {
			w.walk(child, path, depth+1)
		}
	case yaml.AliasNode:
		w.walk(n.Alias, path, depth+1)
	case yaml.MappingNode:
		w.mapping(n, path, depth)
	case yaml.SequenceNode:
		for i, child := range n.Content {
			w.walk(child, append(path[:len(path):len(path)], "["+strconv.Itoa(i)+"]"), depth+1)
		}
	case yaml.ScalarNode:
		w.scalar(n, path)
	}
}

func (w *useWalker) mapping(n *yaml.Node, path []string, depth int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := append(path[:len(path):len(path)], key.Value)
		switch {
		case key.Value == "<<":
			w.merge(value, path, depth)
			continue
		case value.Tag == "!!null" && byName(path):
			w.add(Use{Variable: key.Value, Line: key.Line, ByName: true}, at)
		case len(path) == 2 && path[0] == "services" && key.Value == "extends":
			w.extends(path[1], value)
		}
		w.walk(value, at, depth+1)
	}
}

// merge reads a mapping, or a list of them, under <<.
func (w *useWalker) merge(n *yaml.Node, path []string, depth int) {
	if n.Kind != yaml.SequenceNode {
		w.walk(n, path, depth+1)
		return
	}
	for _, child := range n.Content {
		w.walk(child, path, depth+1)
	}
}

func (w *useWalker) scalar(n *yaml.Node, path []string) {
	found := dotenv.Mentions(n.Value)
	for i, m := range found {
		w.add(use(m, w.src.lineOfMention(n, found[:i+1])), path)
	}
	switch {
	case len(found) > 0 || len(path) == 0 || n.Value == "" || strings.Contains(n.Value, "="):
	case isElement(path) && byName(path[:len(path)-1]), isContent(path):
		w.add(Use{Variable: n.Value, Line: n.Line, ByName: true}, path)
	}
}

func use(m dotenv.Mention, line int) Use {
	u := Use{Variable: m.Name, Line: line, HasDefault: m.HasDefault(), Required: m.IsRequired(), EmptyIsMissing: m.EmptyIsMissing(), Nested: m.Nested,
		Alternative: m.IsAlternative()}
	if u.HasDefault {
		u.Default = m.Argument
	}
	return u
}

func (w *useWalker) add(u Use, path []string) {
	if len(path) > 1 && path[0] == "services" {
		u.Service = path[1]
	}
	u.File, u.Path = w.p.Short(w.src.path), strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
	w.uses = append(w.uses, u)
}

var namesOnly = lazyregexp.New(`^services\.[^.]+\.(environment|build\.args|(pre|post)_\w+\.\[\d+\]\.environment)$`)

// byName: below this path a NAME alone is a variable that is passed on.
func byName(path []string) bool {
	return len(path) > 2 && path[0] == "services" && namesOnly.MatchString("services.x."+strings.Join(path[2:], "."))
}

// isContent: secrets and configs that are the value of a variable.
func isContent(path []string) bool {
	return len(path) == 3 && (path[0] == "secrets" || path[0] == "configs") && path[2] == "environment"
}

func isElement(path []string) bool { return strings.HasPrefix(path[len(path)-1], "[") }

// lineOfMention is the line of the last of the mentions of a scalar. YAML folds
// lines, so it is looked up in the file.
func (s *source) lineOfMention(n *yaml.Node, found []dotenv.Mention) int {
	last := found[len(found)-1]
	before := 0
	for _, m := range found {
		if m.Name == last.Name {
			before++
		}
	}
	pattern := regexp.MustCompile(`\$\{?` + last.Name + `\b`)
	for line := n.Line; line <= min(endLine(n), len(s.lines)); line++ {
		if before -= len(pattern.FindAllString(s.lines[line-1], -1)); before <= 0 {
			return line
		}
	}
	return n.Line
}
