package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// FilledInputs are the sources of ADD that are elsewhere once their variables
// are filled in, each as it is written. args are the build's arguments; what a
// base image sets is not known.
func (f *File) FilledInputs(args map[string]string) []string {
	var list []string
	lexer := shell.NewLex(f.escape)
	for i, s := range f.stages {
		v := variables{}
		for at := range f.globals { // a stage's ARG without a default takes theirs
			v.declareAll(lexer, &f.globals[at], args)
		}
		for _, c := range slices.Concat(s.Commands, f.triggers[i]) {
			v.declareAll(lexer, c, args)
			add, ok := c.(*instructions.AddCommand)
			if !ok || add.Checksum != "" {
				continue
			}
			for _, path := range add.SourcePaths {
				filled, _, err := lexer.ProcessWord(path, v)
				if strings.Contains(path, "$") && err == nil && remote.MatchString(filled) && !remote.MatchString(path) && !slices.Contains(list, path) {
					list = append(list, path)
				}
			}
		}
	}
	return list
}

// declareAll is what an ARG or ENV sets; what is wrong with it, BuildKit says.
func (v variables) declareAll(lexer *shell.Lex, c any, args map[string]string) {
	switch c := c.(type) {
	case *instructions.ArgCommand:
		for _, arg := range c.Args {
			_ = v.declare(lexer, arg, args)
		}
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			if value, _, err := lexer.ProcessWord(pair.Value, v); err == nil {
				v[pair.Key] = value
			}
		}
	}
}
