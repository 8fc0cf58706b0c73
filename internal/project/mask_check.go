package project

import (
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// shown is the command of a health check with its secrets masked. A project
// that was not loaded knows none, so it shows nothing.
func (p *Project) shown(test []string) string {
	if p.hide == nil || len(test) < 2 {
		return ""
	}
	return p.hide(strings.Join(test[1:], " "))
}

// hider masks a text; it learns the secrets once, where a text needs it.
func (p *Project) hider() func(string) string {
	learned := sync.OnceValue(p.learned)
	return func(text string) string { return learned().line(text) }
}

// learned knows the secrets of the variables and of the services, which is all
// that a command is filled in with, without writing the whole model out.
func (p *Project) learned() *masker {
	m := &masker{isSecret: p.secretNames(), values: map[string]bool{}, names: p.knownNames()}
	m.learnModel(p)
	for _, value := range p.environ {
		m.addAll(passwords(value))
	}
	for _, s := range p.Model.AllServices() {
		for name, value := range s.Environment {
			if value == nil {
				continue
			}
			m.addAll(passwords(*value))
			if m.isSecret(name) {
				m.add(*value)
			}
		}
	}
	m.sort()
	return m
}

func (m *masker) addAll(values []string) {
	for _, value := range values {
		m.add(value)
	}
}

// secretNames tells secrets by name: by convention, by the template's mark, or
// because Compose hands them out as a secret or as a configuration.
func (p *Project) secretNames() func(string) bool {
	names := map[string]bool{}
	for _, name := range p.SecretVariables() {
		names[name] = true
	}
	if template, err := environ.ReadTemplate(p.Layout.environments()); err == nil {
		for _, v := range template.Variables {
			names[v.Name] = names[v.Name] || v.IsSecret()
		}
	}
	return func(name string) bool { return names[name] || secret.IsName(name) }
}

// given is NAME=value inside a command.
var given = lazyregexp.New(`([A-Za-z_][A-Za-z0-9_-]*)=("[^"]*"|'[^']*'|[^\s;&|]+)`)

// line masks all secrets in a command: wherever they stand, as the value of a
// secret name, and short ones where they are a word of their own.
func (m *masker) line(text string) string {
	text = given.ReplaceAllStringFunc(m.text(text), func(pair string) string {
		name, value, _ := strings.Cut(pair, "=")
		if !m.isSecret(name) || strings.HasPrefix(strings.Trim(value, `"'`), "$") {
			return pair
		}
		return name + "=" + secret.Mask
	})
	for _, value := range m.short {
		if len(value) >= shortestWhole {
			text = strings.ReplaceAll(text, value, secret.Mask)
		}
	}
	return word.ReplaceAllStringFunc(text, func(part string) string {
		if slices.Contains(m.short, part) {
			return secret.Mask
		}
		return part
	})
}
