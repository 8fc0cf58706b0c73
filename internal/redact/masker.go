package redact

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// Masker masks what is a secret whatever its place: under a secret's name, by
// its form, and the values that it was told where these cannot be ordinary words.
type Masker struct {
	IsSecret func(name string) bool
	Keys     map[string]bool // that a document needs as they are
	// Words are values that are masked although they can be ordinary words.
	Words []string
	// Short are the secrets that were added and can be ordinary words: only
	// their places tell them.
	Short  []string
	values map[string]bool
	sorted []string // values, the longest first, so that none hides in another
}

// Add tells secrets, and with each of them its lines, and the password in
// user/password.
func (m *Masker) Add(values ...string) {
	if m.values == nil {
		m.values = map[string]bool{}
	}
	for _, value := range values {
		parts := []string{value, strings.TrimSpace(value)}
		if user, password, both := strings.Cut(value, "/"); both && !strings.ContainsAny(user, ":/. ") {
			parts = append(parts, password)
		}
		if strings.Contains(value, "\n") {
			parts = append(parts, strings.Fields(value)...)
		}
		for _, part := range append(parts, secret.Parts(value)...) {
			switch {
			case part == "" || m.Keys[part]:
			case secret.IsDistinctive(part):
				m.values[part] = true
			default:
				m.Short = append(m.Short, part)
			}
		}
	}
	m.sorted = slices.SortedFunc(maps.Keys(m.values), func(a, b string) int { return len(b) - len(a) })
}

// Text masks a text, wherever it stands.
func (m *Masker) Text(text string) string {
	text = m.Values(text)
	for _, value := range m.Words {
		text = strings.ReplaceAll(text, value, secret.Mask)
	}
	return secret.RedactNamed(text, func(name string) bool { return secret.IsName(name) || m.IsSecret != nil && m.IsSecret(name) })
}

// Values masks the values that cannot be ordinary words and nothing else, which is
// quick enough for logs.
func (m *Masker) Values(text string) string {
	for _, value := range m.sorted {
		text = strings.ReplaceAll(text, value, secret.Mask)
	}
	return text
}

// pairs calls do for every key and value of every mapping below n.
func pairs(n *yaml.Node, do func(key, value *yaml.Node)) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			do(n.Content[i], n.Content[i+1])
		}
	}
	for _, child := range n.Content {
		pairs(child, do)
	}
}

// scalars calls do for every scalar below n that is no key.
func scalars(n *yaml.Node, do func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		do(n)
		return
	}
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			scalars(child, do)
		}
	}
}

// Learn adds the secrets that a Compose model shows: values under secret names,
// and what has the form of one.
func (m *Masker) Learn(doc *yaml.Node) {
	var values []string
	pairs(doc, func(key, value *yaml.Node) {
		if m.hides(key.Value, value) {
			values = append(values, value.Value)
		}
	})
	scalars(doc, func(n *yaml.Node) { values = append(values, secret.Parts(n.Value)...) })
	m.Add(values...)
}

// hides: the value of this key is a secret as a whole. The keys of Compose
// itself that sound like secrets hold mappings or lists.
func (m *Masker) hides(key string, value *yaml.Node) bool {
	return value.Kind == yaml.ScalarNode && value.Tag != "!!null" && value.Value != "" &&
		(key == "content" || m.IsSecret(key))
}

// Model masks a Compose model, and escapes what is left as Compose files have it,
// where a lone $ would be a reference.
func (m *Masker) Model(doc *yaml.Node) {
	pairs(doc, func(key, value *yaml.Node) {
		if m.hides(key.Value, value) {
			replace(value, secret.Mask)
		}
		if !m.Keys[key.Value] {
			replace(key, m.Text(key.Value))
		}
	})
	scalars(doc, func(n *yaml.Node) {
		text := m.Text(n.Value)
		if name, value, ok := strings.Cut(text, "="); ok && m.IsSecret(name) && value != "" && !strings.ContainsAny(name, " \n") {
			text = name + "=" + secret.Mask
		}
		replace(n, strings.ReplaceAll(text, "$", "$$"))
	})
}
