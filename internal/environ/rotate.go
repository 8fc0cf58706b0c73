package environ

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// rotatedLength is how long a secret becomes that does not say [generate N].
const rotatedLength = 24

// Rotate returns doc with a new generated value for name, which has to be a
// secret, by the template or by its name; else the failure is Usage. So it is for
// a secret with a type, which random letters would not have, and for one made
// of others, which are to be rotated instead. random is what Create wants.
func Rotate(doc dotenv.Document, t Template, name string, random io.Reader) (dotenv.Document, error) {
	length, err := rotatable(doc, t, name)
	if err != nil {
		return dotenv.Document{}, err
	}
	value, err := generate(random, length)
	if err != nil {
		return dotenv.Document{}, failure.New(failure.Unexpected, "generate a value for %q: %w", name, err)
	}
	return dotenv.Set(doc, name, value.Reveal())
}

func rotatable(doc dotenv.Document, t Template, name string) (length int, err error) {
	entries := dotenv.Last(doc.Evaluate(nil))
	s := SecretsOf(t, nil, Environment{Document: doc})
	v, inTemplate := t.Variable(name)
	entry, inDoc := entries[name]
	switch {
	case !inTemplate && !inDoc:
		return 0, unknownVariable(name, slices.DeleteFunc(append(slices.Collect(maps.Keys(entries)), t.Names()...), s.MayBeValue), listVariables)
	case !v.IsSecret() && !secret.IsName(name):
		return 0, failure.New(failure.Usage, "%s is not a secret", name).
			WithHint("mark it [secret] or [generate 24] in the template, or set it: mage env:set %s=…", name)
	case len(entry.References) > 0:
		return 0, failure.New(failure.Usage, "%s is made of other variables", name).
			WithHint("rotate what it is made of: mage env:rotate %s", rotatedInstead(entry.References))
	case v.Type != "" || secret.HasShape(entry.Value):
		return 0, failure.New(failure.Usage, "%s is no plain text, so a generated value would not fit", name).
			WithHint("set it: mage env:set %s", name)
	case v.Generate > 0:
		return v.Generate, nil
	}
	return rotatedLength, nil
}

func rotatedInstead(names []string) string {
	if i := slices.IndexFunc(names, secret.IsName); i >= 0 {
		return names[i]
	}
	return names[0]
}

const listVariables = "mage env:show"

func unknownVariable(name string, known []string, list string) error {
	e := failure.New(failure.Usage, "no variable %s", name)
	if near := NearestVariable(name, known); near != "" {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("%s lists the variables", list)
}

// NearestVariable is failure.Nearest for names in upper case.
func NearestVariable(name string, known []string) string {
	original := map[string]string{}
	for _, k := range known {
		original[strings.ToLower(k)] = k
	}
	return original[failure.Nearest(name, slices.Sorted(maps.Keys(original)))]
}

// Names are those of the template and of the plugins' variables.
func (t Template) Names() []string {
	var names []string
	for _, v := range t.Variables {
		names = append(names, v.Name)
	}
	for _, d := range t.declared {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}
