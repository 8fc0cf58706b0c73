package project

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// shortest is the length from which a secret is masked wherever it shows up;
// a shorter one would take half of the document with it. Where it is the value
// of a secret variable it is masked in any case.
const shortest = 6

// Masked is the resolved model as a YAML document in which every secret is
// masked: the values of variables that isSecret knows by their name, the
// contents of inline configs and secrets, passwords in URLs, and all of these
// again wherever else they stand.
func (p *Project) Masked(isSecret func(name string) bool) (*yaml.Node, error) {
	text, err := p.Model.MarshalYAML()
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	m := &masker{isSecret: isSecret, values: map[string]bool{}, names: p.knownNames()}
	m.learnModel(p)
	m.learn(&doc)
	m.sort()
	m.mask(&doc)
	return &doc, nil
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

// masker first learns what the secrets are, then masks them.
type masker struct {
	isSecret func(name string) bool
	names    map[string]bool
	values   map[string]bool
	sorted   []string // longest first, so that none hides in another
	short    []string // too short to be masked but as whole words
}

// add remembers a secret, and the password in user/password and in a URL. One
// that is the name of a service or the like is no secret elsewhere.
func (m *masker) add(value string) {
	parts := append(passwords(value), value, strings.TrimSpace(value))
	if user, password, both := strings.Cut(value, "/"); both && !strings.ContainsAny(user, ":/. ") {
		parts = append(parts, password)
	}
	for _, part := range parts {
		switch {
		case part == "" || m.names[part]:
		case len(part) >= shortest:
			m.values[part] = true
		default:
			m.short = append(m.short, part)
		}
	}
}

// learnModel takes the secrets that the document need not show: variables that
// were filled in, and contents.
func (m *masker) learnModel(p *Project) {
	for name, value := range p.environ {
		if m.isSecret(name) {
			m.add(value)
		}
	}
	for _, s := range p.Model.Secrets {
		m.add(s.Content)
		m.add(p.environ[s.Environment])
	}
	for _, c := range p.Model.Configs {
		m.add(c.Content)
		m.add(p.environ[c.Environment])
	}
}

func (m *masker) sort() {
	m.sorted = slices.SortedFunc(maps.Keys(m.values), func(a, b string) int { return len(b) - len(a) })
}

// text masks all secrets in a text.
func (m *masker) text(s string) string {
	for _, value := range m.sorted {
		s = strings.ReplaceAll(s, value, secret.Mask)
	}
	for _, password := range passwords(s) {
		s = strings.ReplaceAll(s, ":"+password+"@", ":"+secret.Mask+"@")
	}
	return s
}
