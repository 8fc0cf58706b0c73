package manifest

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// copied are the sources, as they are written, that the stages of a build take
// from its context. Variables are filled in as far as the Dockerfile and the
// arguments say.
func copied(b Build) ([]string, error) {
	tree, err := parser.Parse(bytes.NewReader(b.Text))
	if err != nil {
		return nil, unreadable(err)
	}
	stages, arguments, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(stages) == 0 {
		return nil, unreadable(errors.New("it has no FROM"))
	}
	w := &walk{stages: stages, lex: shell.NewLex(tree.EscapeToken), given: b.Args, seen: map[int]bool{}, global: variables{}}
	for _, a := range arguments {
		w.global.declare(w, a.Args, nil)
	}
	at := len(stages) - 1
	if b.Target != "" {
		if at = w.index(b.Target, len(stages)); at < 0 {
			return nil, failure.New(failure.Preflight, "the Dockerfile has no stage %q", b.Target).WithHint("correct build.target in the Compose file")
		}
	}
	w.stage(at)
	return w.sources, nil
}

func unreadable(err error) error {
	return failure.New(failure.Preflight, "read Dockerfile: %w", err).WithHint("correct the Dockerfile")
}

// variables are those that a stage knows.
type variables map[string]string

// Get and Keys are what the shell's lexer asks for.
func (v variables) Get(name string) (string, bool) { value, ok := v[name]; return value, ok }

// Keys are the names, sorted.
func (v variables) Keys() []string { return slices.Sorted(maps.Keys(v)) }

// declare takes ARGs in: an argument that is given counts more than a global
// one, and that more than a default.
func (v variables) declare(w *walk, args []instructions.KeyValuePairOptional, global variables) {
	for _, a := range args {
		if given, ok := w.given[a.Key]; ok {
			v[a.Key] = given
		} else if a.Value != nil {
			v[a.Key] = w.fill(*a.Value, v)
		} else if value, ok := global[a.Key]; ok {
			v[a.Key] = value
		}
	}
}

// walk goes through the stages that a target needs.
type walk struct {
	stages  []instructions.Stage
	lex     *shell.Lex
	given   map[string]string
	global  variables
	seen    map[int]bool
	sources []string
}

// index is the stage of a name or number among the first n; -1 where there is
// none, so that it names an image or a context.
func (w *walk) index(name string, n int) int {
	for i := n - 1; i >= 0; i-- {
		if w.stages[i].Name != "" && strings.EqualFold(w.stages[i].Name, name) {
			return i
		}
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < n {
		return i
	}
	return -1
}

// stage goes through a stage and those that it needs, and returns what its
// variables are at its end.
func (w *walk) stage(at int) variables {
	s := w.stages[at]
	known := variables{}
	if base := w.index(w.fill(s.BaseName, w.global), at); base >= 0 {
		known = w.stage(base)
	}
	first := !w.seen[at]
	w.seen[at] = true
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.ArgCommand:
			known.declare(w, c.Args, w.global)
		case *instructions.EnvCommand:
			for _, pair := range c.Env {
				known[pair.Key] = w.fill(pair.Value, known)
			}
		default:
			if first {
				w.command(at, c, known)
			}
		}
	}
	return known
}

// command takes in what a COPY, an ADD or a mount of a RUN takes from the
// context, and follows those that take from a stage.
func (w *walk) command(at int, c instructions.Command, known variables) {
	switch c := c.(type) {
	case *instructions.CopyCommand:
		w.take(at, w.fill(c.From, known), c.SourcePaths, known)
	case *instructions.AddCommand:
		w.take(at, "", c.SourcePaths, known)
	case *instructions.RunCommand:
		// The mounts are not read before variables are filled in.
		if c.Expand(func(word string) (string, error) { return w.fill(word, known), nil }) != nil {
			return
		}
		for _, m := range instructions.GetMounts(c) {
			if m.Type == instructions.MountTypeBind {
				w.take(at, m.From, []string{m.Source}, known)
			}
		}
	}
}

func (w *walk) take(at int, from string, sources []string, known variables) {
	if from == "" {
		for _, s := range sources {
			w.sources = append(w.sources, w.fill(s, known))
		}
		return
	}
	if stage := w.index(from, at); stage >= 0 && !w.seen[stage] {
		w.stage(stage)
	}
}

// fill fills variables in; what the lexer does not take stays as it is.
func (w *walk) fill(text string, known variables) string {
	filled, _, err := w.lex.ProcessWord(text, known)
	if err != nil {
		return text
	}
	return filled
}
