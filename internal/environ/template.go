package environ

import (
	"fmt"
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Template is .env.example: the text that a new environment starts from, and
// the schema of its variables, written as annotations in the comment lines
// directly above each of them.
type Template struct {
	Document  dotenv.Document
	Variables []Variable // in the order of the file

	declared []Declared      // by plugins, see Declaring
	others   map[string]bool // names that something reads, see Knowing
	left     map[string]bool // what Sync does not add, see Leaving
	err      error           // what is wrong with it, see Sound
}

// Variable is one variable of a Template.
type Variable struct {
	Name        string
	Line        int
	Description string // the comment above it, without annotations
	Annotations
}

// IsSecret reports whether the value must not be shown: it is marked so, it is
// generated, or its name says so.
func (v Variable) IsSecret() bool {
	return v.Secret || v.Generate > 0 || secret.IsName(v.Name)
}

// Variable finds a variable by name; what a plugin declares counts, too.
func (t Template) Variable(name string) (Variable, bool) {
	i := slices.IndexFunc(t.Variables, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return t.declaredAs(name, Variable{}, false)
	}
	return t.declaredAs(name, t.Variables[i], true)
}

// Marking is the template with these variables as secrets too, those that it
// does not have included.
func (t Template) Marking(names ...string) Template {
	t.Variables, t.declared = slices.Clone(t.Variables), slices.Clone(t.declared)
	for _, name := range names {
		for i, d := range t.declared {
			t.declared[i].Secret = d.Secret || d.Name == name
		}
		i := slices.IndexFunc(t.Variables, func(v Variable) bool { return v.Name == name })
		switch {
		case i >= 0:
			t.Variables[i].Secret = true
		case !t.IsDeclared(name):
			t.Variables = append(t.Variables, Variable{Name: name, Annotations: Annotations{Secret: true}})
		}
	}
	return t
}

// Knowing is the template with the names that something reads besides: they are
// names, and no lines of a value that lacks its quotes.
func (t Template) Knowing(names ...string) Template {
	others := make(map[string]bool, len(t.others)+len(names))
	maps.Copy(others, t.others)
	for _, name := range names {
		others[name] = true
	}
	t.others = others
	return t
}

// Knows reports whether the name is one, whatever an env file looks like.
func (t Template) Knows(name string) bool {
	_, found := t.Variable(name)
	return found || t.others[name] || IsAmbient(name) || IsReserved(name)
}

// knownNames are those that the template and the shell know.
func (t Template) knownNames(shell dotenv.Lookup) knownNames {
	return knownNames{
		isKnown: func(name string) bool {
			if shell != nil {
				if _, inShell := shell(name); inShell {
					return true
				}
			}
			return t.Knows(name)
		},
		isSecret: func(name string) bool {
			v, _ := t.Variable(name)
			return v.IsSecret() || secret.IsName(name)
		},
	}
}

// ParseTemplate reads the text of a template. All problems are reported at
// once, in one Preflight failure, each as file:line and what is wrong there.
func ParseTemplate(file, text string) (Template, error) {
	t := parseTemplate(file, text)
	if err := t.Sound(); err != nil {
		return Template{}, err
	}
	return t, nil
}

// Sound is what ParseTemplate says of the template, or nil.
func (t Template) Sound() error { return t.err }

type templateReader struct {
	file     string
	template Template
	comments []dotenv.Entry // directly above the entry to be read
	seen     map[string]int // the line of each variable
	problems []string
}

func (r *templateReader) read(e dotenv.Entry) {
	if e.Kind == dotenv.Comment {
		r.comments = append(r.comments, e)
		return
	}
	switch e.Kind {
	case dotenv.Malformed:
		r.problem(e.Line, e.Problem)
		r.lost(e.Line, e.Text)
		return // the comment above may be that of the next line
	case dotenv.Assignment, dotenv.Bare:
		r.variable(e)
	}
	r.comments = nil
}

func (r *templateReader) variable(e dotenv.Entry) {
	v := Variable{Name: e.Name, Line: e.Line}
	if !dotenv.IsShellName(v.Name) {
		r.problem(e.Line, fmt.Sprintf("variable name %q is not letters, digits and _", v.Name))
	}
	if first, twice := r.seen[v.Name]; twice {
		r.problem(e.Line, fmt.Sprintf("%s is already on line %d", v.Name, first))
	}
	if !e.IsWellFormed() {
		r.problem(e.Line, fmt.Sprintf("Compose cannot read the value of %s; a dollar sign is written $$", v.Name))
	}
	before := len(r.problems)
	for _, comment := range r.comments {
		r.annotate(&v, comment)
	}
	r.swallowed(e)
	v.Secret = v.Secret || len(r.problems) > before
	r.seen[v.Name] = v.Line
	r.template.Variables = append(r.template.Variables, v)
}

func (r *templateReader) problem(line int, text string) {
	r.problems = append(r.problems, fmt.Sprintf("%s:%d: %s", r.file, line, text))
}

// Suspicions are what the lines of a document are taken for, by what the template
// and the shell know.
func (t Template) Suspicions(d dotenv.Document, shell dotenv.Lookup) Suspicions {
	return suspicionsOf(d, t.knownNames(shell))
}
