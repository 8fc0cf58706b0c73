package deploy

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// plainKey is what a model calls the variables that may be shown.
const plainKey = "x-spellbook-plain"

// MarkPlain adds to a model which variables of its services hold no secret, so that
// a later comparison may show what they were. was is the model of those that stay
// as they were, which take does not choose.
func MarkPlain(text []byte, was Model, take func(service string) bool, hides func(name, value string) bool) ([]byte, error) {
	model, err := ParseModel(text)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for service, s := range model.Services {
		if !take(service) {
			all[service] = was.Plain[service]
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
			if value := s.Environment[name]; value != nil && !hides(name, *value) {
				all[service] = append(all[service], name)
			}
		}
	}
	data, err := yaml.Marshal(map[string]any{plainKey: all})
	return append(slices.Clone(text), data...), err
}

// VariableChange is a variable of a service that has another value than before.
type VariableChange struct {
	Service, Name string
	Kind          VariableKind
	Secret        bool   // neither value is told
	Old, New      string // where they may be
}

// VariableKind is what has become of a variable.
type VariableKind string

// What may become of one.
const (
	VariableAdded   VariableKind = "added"
	VariableRemoved VariableKind = "removed"
	VariableChanged VariableKind = "changed"
)

// Variables are those that differ between two models, of the services that are in
// both, by service and name. A value is told only where both models say that it is
// no secret.
func Variables(was, now Model) []VariableChange {
	var list []VariableChange
	for _, service := range slices.Sorted(maps.Keys(now.Services)) {
		before, known := was.Services[service]
		if !known {
			continue
		}
		after := now.Services[service]
		names := map[string]bool{}
		for name := range before.Environment {
			names[name] = true
		}
		for name := range after.Environment {
			names[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			old, had := before.Environment[name]
			value, has := after.Environment[name]
			if had == has && text(old) == text(value) {
				continue
			}
			c := VariableChange{Service: service, Name: name, Kind: VariableChanged}
			switch {
			case !had:
				c.Kind = VariableAdded
			case !has:
				c.Kind = VariableRemoved
			}
			c.Secret = had && !was.plain(service, name) || has && !now.plain(service, name)
			if !c.Secret {
				c.Old, c.New = text(old), text(value)
			}
			list = append(list, c)
		}
	}
	return list
}

func (m Model) plain(service, name string) bool { return slices.Contains(m.Plain[service], name) }

func text(value *string) string {
	if value == nil {
		return ""
	}
	return strings.TrimSpace(*value)
}
