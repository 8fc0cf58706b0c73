package environ

import "slices"

// EnabledPlugins is the variable that names the plugins in the stack, comma
// separated.
const EnabledPlugins = "PLUGINS"

// Declared is a variable that an enabled plugin declares. Its Line is 0.
type Declared struct {
	Plugin  string
	Default string // "" where there is none
	Variable
}

// Declaring is the template with what plugins say of their variables. What it
// says itself counts more: a plugin adds a type where the template has none, and
// that a variable is a secret. Nobody has to have a plugin's variable in an
// environment's file, as its default does.
func (t Template) Declaring(list ...Declared) Template {
	t.declared = append(slices.Clone(t.declared), list...)
	return t
}

// Declared are the variables that plugins declare.
func (t Template) Declared() []Declared { return t.declared }

// declaredAs completes what the template says of a variable, found or not.
func (t Template) declaredAs(name string, v Variable, found bool) (Variable, bool) {
	for _, d := range t.declared {
		switch {
		case d.Name != name:
		case !found:
			v, found = d.Variable, true
		default:
			v.complete(d.Annotations)
		}
	}
	return v, found
}

func (a *Annotations) complete(other Annotations) {
	if a.Type == "" {
		a.Type, a.Choices = other.Type, other.Choices
	}
	if a.Generate == 0 {
		a.Generate = other.Generate
	}
	a.Secret = a.Secret || other.Secret
}

// IsDeclared reports whether a plugin declares the variable.
func (t Template) IsDeclared(name string) bool {
	return slices.ContainsFunc(t.declared, func(d Declared) bool { return d.Name == name })
}

// everyVariable are those of the template and of the plugins, complete, each
// once.
func (t Template) everyVariable() (list []Variable) {
	for _, name := range t.Names() {
		v, _ := t.Variable(name)
		list = append(list, v)
	}
	return list
}

// Annotate reads annotations as they stand in square brackets: "port",
// "enum a|b", "generate 24".
func Annotate(words ...string) (a Annotations, err error) {
	for _, word := range words {
		if err := a.apply(word); err != nil {
			return Annotations{}, err
		}
	}
	return a, nil
}
