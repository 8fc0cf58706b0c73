package dockerfile

import (
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// variables are what FROM sees, as the shell lexer asks for them.
type variables map[string]string

// Get is for the lexer.
func (v variables) Get(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

// Keys is for the lexer.
func (v variables) Keys() []string { return slices.Sorted(maps.Keys(v)) }

// global are the variables of FROM: the platforms, and the ARGs before the
// first FROM with what was given for them, each default seeing those before.
func (f *File) global(o Options) (variables, error) {
	v := f.predefined(o)
	lexer := shell.NewLex(f.escape)
	for i := range f.globals {
		for _, arg := range f.globals[i].Args {
			if err := v.declare(lexer, arg, o.Args); err != nil {
				return nil, f.mistake(lineOf(f.globals[i].Location()), "ARG %s: %s", arg.Key, lexed(err)).
					WithHint("correct the default of %s; it sees the ARGs before it", arg.Key)
			}
		}
	}
	return v, nil
}

func (v variables) declare(lexer *shell.Lex, arg instructions.KeyValuePairOptional, given map[string]string) error {
	if value, ok := given[arg.Key]; ok {
		v[arg.Key] = value
		return nil
	}
	if arg.Value == nil {
		return nil
	}
	value, _, err := lexer.ProcessWord(*arg.Value, v)
	if err == nil {
		v[arg.Key] = value
	}
	return err
}

// predefined are the variables that need no ARG; arguments of their names
// override them.
func (f *File) predefined(o Options) variables {
	v := variables{"TARGETSTAGE": "default"}
	switch last := f.stages[len(f.stages)-1].Name; {
	case o.Target != "":
		v["TARGETSTAGE"] = o.Target
	case last != "":
		v["TARGETSTAGE"] = last
	}
	host, target := o.Host, o.Platform
	if target == "" {
		target = host
	}
	for kind, platform := range map[string]string{"BUILD": host, "TARGET": target} {
		if platform != "" {
			platformValues(v, kind, normal(platform))
		}
	}
	for name, value := range o.Args {
		if slices.Contains(platformNames(), name) {
			v[name] = value
		}
	}
	return v
}

// Expands reports whether today's BuildKit can put values in for the variables of a
// word. What it cannot is a mistake in the file, whatever builder says so.
func (f *File) Expands(word string) bool {
	_, _, err := shell.NewLex(f.escape).ProcessWord(word, variables{})
	return err == nil
}
