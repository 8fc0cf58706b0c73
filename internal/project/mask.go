package project

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/redact"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Masked is the resolved model as a YAML document in which every secret is
// masked: where one is interpolated, under a secret's name, what has the form of
// one, the contents of inline configs and secrets, and wherever they stand the
// values that cannot be ordinary words.
func (p *Project) Masked() (*yaml.Node, error) {
	doc, err := document(p)
	if err != nil {
		return nil, err
	}
	m, again := p.masker(), p.masking().again()
	m.Learn(doc)
	if again.project != nil {
		other, err := document(again.project)
		if err != nil {
			return nil, err
		}
		again.Node(doc, other)
	}
	m.Words = p.valuesOf(again.unfit)
	m.Model(doc)
	return doc, nil
}

func document(p *Project) (*yaml.Node, error) {
	text, err := p.Model.MarshalYAML()
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	err = yaml.Unmarshal(text, &doc)
	return &doc, err
}

// masking masks texts of a project.
type masking struct {
	*redact.Masker
	again func() rendering
}

// masker knows the secrets of the variables and of the services, and contents.
func (p *Project) masker() *redact.Masker {
	m := &redact.Masker{IsSecret: p.secretNames(), Keys: p.knownNames()}
	var values []string
	for name, value := range p.environ {
		if m.IsSecret(name) {
			values = append(values, value)
		} else {
			values = append(values, secret.Parts(value)...)
		}
	}
	for _, s := range p.Model.Secrets {
		values = append(values, s.Content)
	}
	for _, c := range p.Model.Configs {
		values = append(values, c.Content)
	}
	for _, s := range p.Model.AllServices() {
		for name, value := range s.Environment {
			if value != nil && m.IsSecret(name) {
				values = append(values, *value)
			}
		}
	}
	m.Add(values...)
	return m
}

// knownNames are the names that the document needs as keys.
func (p *Project) knownNames() map[string]bool {
	knownNames := map[string]bool{}
	for _, list := range [][]string{p.Model.ServiceNames(), p.Model.DisabledServiceNames(), p.Model.NetworkNames(),
		p.Model.VolumeNames(), p.Model.SecretNames(), p.Model.ConfigNames()} {
		for _, name := range list {
			knownNames[name] = true
		}
	}
	return knownNames
}

// ShownCheck is the command of a service's health check with its secrets masked;
// "" where it has none.
func (p *Project) ShownCheck(service string) string {
	words := func(p *Project) string {
		h := p.Model.Services[service].HealthCheck
		if h == nil || len(h.Test) < 2 {
			return ""
		}
		return strings.Join(h.Test[1:], " ")
	}
	if p.masking == nil {
		return "" // it was not loaded, and knows no secrets
	}
	return p.part(words(p), words)
}

// Hides reports whether a text shows a secret wherever it stands: by its form, or
// because it has the value of one that cannot be an ordinary word.
func (p *Project) Hides(text string) bool { return p.masking != nil && p.masking().Text(text) != text }

// MaskValues masks in a text that is not the project's own, such as a log, the
// secrets whose values cannot be ordinary words: no place tells the others there.
func (p *Project) MaskValues(text string) string {
	if p.masking == nil {
		return text
	}
	return p.masking().Values(text)
}

// part masks a text of the model: where a secret is interpolated, which only
// costs a second rendering if a secret's value is in it, and as Text does.
func (p *Project) part(text string, of func(*Project) string) string {
	m := p.masking()
	if slices.ContainsFunc(m.Short, func(value string) bool { return strings.Contains(text, value) }) {
		again := m.again()
		if again.project != nil {
			text = again.Text(text, of(again.project))
		}
		for _, word := range p.unplaced(m) {
			text = strings.ReplaceAll(text, word, secret.Mask)
		}
	}
	return m.Text(text)
}

// unplaced are the secrets of which no place is known, as no stand-in fits: they are
// masked as words.
func (p *Project) unplaced(m masking) []string {
	again := m.again()
	if again.project == nil {
		return m.Short
	}
	return p.valuesOf(again.unfit)
}

// MadeOfSecrets are the variables of services that are made of a secret, by any
// name.
func (p *Project) MadeOfSecrets() map[string]bool {
	m := p.masking()
	made, again, unplaced := map[string]bool{}, m.again(), p.unplaced(m)
	for service, s := range p.Model.Services {
		for name, value := range s.Environment {
			if value == nil {
				continue
			}
			if slices.ContainsFunc(unplaced, func(word string) bool { return strings.Contains(*value, word) }) {
				made[name] = true
			}
			if again.project == nil {
				continue
			}
			if other := again.project.Model.Services[service].Environment[name]; other == nil || *other != *value {
				made[name] = true
			}
		}
	}
	return made
}

// valuesOf are what variables have, the longest first.
func (p *Project) valuesOf(names []string) (values []string) {
	for _, name := range names {
		values = append(values, p.environ[name])
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.DeleteFunc(values, func(value string) bool { return value == "" })
}

// InterpolatedIn is the declared secret that a part of the model is made of, as
// the name of its variable; "" for none. The same letters in another value are
// none.
func (p *Project) InterpolatedIn(of func(*Project) string) string {
	text, isDeclared := of(p), p.declaredSecrets()
	held := slices.DeleteFunc(slices.Sorted(maps.Keys(p.environ)), func(name string) bool {
		return p.environ[name] == "" || !isDeclared(name) || !strings.Contains(text, p.environ[name])
	})
	if len(held) == 0 {
		return "" // and nothing is rendered again
	}
	again := p.declared()
	for _, name := range held {
		if slices.Contains(again.unfit, name) && secret.IsDistinctive(p.environ[name]) {
			return name
		}
	}
	if again.project == nil || of(again.project) == text {
		return ""
	}
	found := again.In(text, of(again.project))
	if i := slices.IndexFunc(held, func(name string) bool { return slices.Contains(found, p.environ[name]) }); i >= 0 {
		return held[i]
	}
	return held[0]
}

// Sounds tells why what has this name and this value may be a secret; "" for no
// reason. It may be none, too.
func (p *Project) Sounds(name, value string) string {
	switch {
	case p.Hides(value):
		return "what looks like a secret"
	case secret.Sounds(name):
		return "a name that sounds like a secret's"
	}
	return ""
}
