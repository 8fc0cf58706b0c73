package dockerfile

import (
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// graph are the stages of one build, each with where it comes from.
type graph struct {
	file     *File
	options  Options
	globals  variables // what FROM sees
	lexer    *shell.Lex
	contexts map[string]bool // names of contexts; one that named would make another of takes nobody's place
	byName   map[string]int  // of names in lower case; the last of a name
	stages   []stage
}

// stage is one FROM with its arguments filled in.
type stage struct {
	base     string
	parent   int // the stage that base is, or -1
	platform string
	replaced bool // by a named context
}

// graph fills in all FROMs, also of stages that the target does not need:
// BuildKit refuses a file in which one of them comes to nothing.
func (f *File) graph(o Options) (*graph, error) {
	v, err := f.global(o)
	if err != nil {
		return nil, err
	}
	g := &graph{file: f, options: o, globals: v, lexer: shell.NewLex(f.escape), contexts: map[string]bool{}, byName: map[string]int{}}
	for name := range o.Contexts {
		g.contexts[name] = true
	}
	for i := range f.stages {
		s, err := g.stage(&f.stages[i])
		if err != nil {
			return nil, err
		}
		g.stages = append(g.stages, s)
		if name := f.stages[i].Name; name != "" {
			g.byName[name] = i
		}
	}
	return g, nil
}

func (g *graph) stage(from *instructions.Stage) (stage, error) {
	s := stage{parent: -1, replaced: from.Name != "" && g.contexts[named(from.Name)]}
	word, err := g.lexer.ProcessWordWithMatches(from.BaseName, g.globals)
	if err != nil {
		return s, g.file.unfilled(from, from.BaseName, err)
	}
	s.base = word.Result
	if at, ok := g.byName[s.base]; ok {
		s.parent = at
	}
	if s.base == "" || s.parent < 0 && !s.replaced && s.base != scratch && !valid(s.base) {
		return s, g.file.noImage(from, s.base, word.Unmatched)
	}
	if from.Platform == "" {
		return s, nil
	}
	word, err = g.lexer.ProcessWordWithMatches(from.Platform, g.globals)
	if err != nil {
		return s, g.file.unfilled(from, from.Platform, err)
	}
	if !validPlatform(word.Result) {
		return s, g.file.noPlatform(from, word.Result, word.Unmatched)
	}
	s.platform = normal(word.Result)
	return s, nil
}

// target is the index of the stage of that name. BuildKit knows no indexes
// here, though COPY --from does.
func (f *File) target(name string) (int, error) {
	if name == "" {
		return len(f.stages) - 1, nil
	}
	var names []string
	for i := len(f.stages) - 1; i >= 0; i-- {
		if s := f.stages[i].Name; s != "" && s == strings.ToLower(name) {
			return i, nil
		} else if s != "" {
			names = append([]string{s}, names...)
		}
	}
	e := failure.New(failure.Usage, "%s has no stage %q", f.name, name)
	if len(names) > 0 {
		e = e.WithDetails("stages: " + strings.Join(names, ", "))
	}
	if near := failure.Nearest(name, names); near != "" {
		return 0, e.WithHint("did you mean %s?", near)
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(f.stages) {
		return 0, e.WithHint("a target is called by name: write FROM … AS name in line %d of %s", lineOf(f.stages[i].Location), f.name)
	}
	return 0, e.WithHint("name one of the stages as the target, or none for the last")
}
