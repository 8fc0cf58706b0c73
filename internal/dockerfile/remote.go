package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// remote is a source of ADD that is fetched: a URL, or a git repository over
// ssh as git writes it (git@github.com:owner/name).
var remote = lazyregexp.New(`^((?i:https?|git|ssh)://|[A-Za-z0-9._-]+@[^/:]+:)`)

// path is how a source begins that is below the context, whatever variables
// follow: a slash, and no scheme before it.
var path = lazyregexp.New(`^["']?[^/:$]*/`)

// Remote are what ADD of the stages that the target needs fetches from
// elsewhere, or may fetch, as it is written, in the order of the file and
// without doubles. What is there may change without a change of the file,
// except for ADD --checksum. Variables are those of the stage, of the stages
// and the image that it is made from, and of what ONBUILD lays upon it; a
// source with one that may be set by an image of which nothing is known
// (Options.Image) may be anything. The error is that of Bases.
func (f *File) Remote(o Options) ([]string, error) {
	g, _, needed, err := f.reach(o)
	if err != nil {
		return nil, err
	}
	var list []string
	scopes := make([]*scope, len(g.stages))
	for at := range g.stages { // a parent comes before its children
		if !needed[at] {
			continue
		}
		scopes[at] = g.scope(at, scopes)
		for _, c := range g.commands(at) {
			scopes[at].declare(c)
			add, ok := c.(*instructions.AddCommand)
			if !ok || scopes[at].summed(add) {
				continue
			}
			for _, source := range add.SourcePaths {
				if scopes[at].fetches(source) && !slices.Contains(list, source) {
					list = append(list, source)
				}
			}
		}
	}
	return list, nil
}

// summed: what is fetched has a checksum that the file, or an argument, says.
func (s *scope) summed(add *instructions.AddCommand) bool {
	sum, sure := s.fill(add.Checksum)
	return sure && sum != ""
}

// fetches reports whether a source of ADD is elsewhere, or may be.
func (s *scope) fetches(source string) bool {
	filled, sure := s.fill(source)
	if sure {
		return remote.MatchString(filled)
	}
	return remote.MatchString(source) || !path.MatchString(source)
}

// commands are a stage's instructions in the order in which they are carried
// out: those that ONBUILD lays upon it come first.
func (g *graph) commands(at int) []instructions.Command {
	var laid []instructions.Command
	if parent := g.stages[at].parent; parent >= 0 {
		laid = g.file.triggers[parent]
	} else if image, known := g.known(at); known {
		laid = image.laid(lineOf(g.file.stages[at].Location))
	}
	return slices.Concat(laid, g.file.stages[at].Commands)
}

// known is what is known of the image that a stage is made from.
func (g *graph) known(at int) (Image, bool) {
	s := g.stages[at]
	switch {
	case !s.replaced && s.base == scratch:
		return Image{}, true
	case s.replaced || g.options.Image == nil || g.contexts[named(s.base)]:
		return Image{}, false
	}
	return g.options.Image(familiar(s.base), g.platform(s.platform))
}

// platform is what an image is needed for, where a FROM names given.
func (g *graph) platform(given string) string {
	if given == "" && g.options.Platform != "" {
		return normal(g.options.Platform)
	}
	return given
}

// scope are the variables of a stage, which ENV and ARG set one by one.
type scope struct {
	variables
	graph *graph
	// sure: a variable that is none of them is not set, as all that the image sets
	// is known.
	sure   bool
	missed bool // a variable was asked for that is none of them
}

// scope is what a stage begins with: the variables that its parent, whose ARGs
// count too, or its image has come to.
func (g *graph) scope(at int, scopes []*scope) *scope {
	s := &scope{variables: variables{}, graph: g}
	if parent := g.stages[at].parent; parent >= 0 {
		if from := scopes[parent]; from != nil { // no context takes its place
			s.sure = from.sure
			for name, value := range from.variables {
				s.variables[name] = value
			}
		}
		return s
	}
	var image Image
	if image, s.sure = g.known(at); !s.sure {
		return s
	}
	for _, pair := range image.Env {
		name, value, _ := strings.Cut(pair, "=")
		s.variables[name] = value
	}
	return s
}

// Get is for the lexer.
func (s *scope) Get(name string) (string, bool) {
	value, is := s.variables[name]
	s.missed = s.missed || !is
	return value, is
}

// fill is a word with its variables; sure is false where nobody knows all of them.
func (s *scope) fill(word string) (filled string, sure bool) {
	s.missed = false
	filled, _, err := s.graph.lexer.ProcessWord(word, s)
	return filled, err == nil && (s.sure || !s.missed)
}

// declare is what an ARG or ENV sets; what is wrong with it, BuildKit says.
func (s *scope) declare(c instructions.Command) {
	switch c := c.(type) {
	case *instructions.ArgCommand:
		for _, arg := range c.Args {
			s.argument(arg)
		}
	case *instructions.EnvCommand:
		// All of one ENV see what was before it.
		values := map[string]*string{}
		for _, pair := range c.Env {
			values[pair.Key] = s.value(pair.Value)
		}
		for name, value := range values {
			s.set(name, value)
		}
	}
}

// argument: what is given goes before the default, and that before the value
// that an ARG of this name has before the first FROM.
func (s *scope) argument(arg instructions.KeyValuePairOptional) {
	if value, given := s.graph.options.Args[arg.Key]; given {
		s.set(arg.Key, &value)
		return
	}
	if arg.Value != nil {
		s.set(arg.Key, s.value(*arg.Value))
		return
	}
	if value, is := s.graph.globals[arg.Key]; is {
		s.set(arg.Key, &value)
	}
}

// value is a word with its variables, nil where nobody knows it.
func (s *scope) value(word string) *string {
	if filled, sure := s.fill(word); sure {
		return &filled
	}
	return nil
}

// set gives a variable its value; one that nobody knows makes all unsure.
func (s *scope) set(name string, value *string) {
	if value == nil {
		delete(s.variables, name)
		s.sure = false
		return
	}
	s.variables[name] = *value
}
