package project

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

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

// learn takes the secrets that the document shows: values under secret names,
// NAME=value items of lists, and passwords in URLs.
func (m *masker) learn(doc *yaml.Node) {
	pairs(doc, func(key, value *yaml.Node) {
		if m.hides(key.Value, value) {
			m.add(value.Value)
		}
	})
	scalars(doc, func(n *yaml.Node) {
		for _, password := range passwords(n.Value) {
			m.add(password)
		}
		if name, value, ok := strings.Cut(n.Value, "="); ok && m.isSecret(name) {
			m.add(value)
		}
	})
}

// hides: the value of this key is a secret as a whole. The keys of Compose
// itself that sound like secrets hold mappings or lists.
func (m *masker) hides(key string, value *yaml.Node) bool {
	return value.Kind == yaml.ScalarNode && value.Tag != "!!null" && value.Value != "" &&
		(key == "content" || m.isSecret(key))
}

// mask replaces the secrets, and escapes what is left as Compose files have
// it, where a lone $ would be a reference.
func (m *masker) mask(doc *yaml.Node) {
	pairs(doc, func(key, value *yaml.Node) {
		if m.hides(key.Value, value) {
			replace(value, secret.Mask)
		}
		if !m.names[key.Value] {
			replace(key, m.text(key.Value))
		}
	})
	scalars(doc, func(n *yaml.Node) {
		text := m.text(n.Value)
		if name, value, ok := strings.Cut(text, "="); ok && m.isSecret(name) && value != "" && !strings.ContainsAny(name, " \n") {
			text = name + "=" + secret.Mask
		}
		replace(n, strings.ReplaceAll(text, "$", "$$"))
	})
}

// replace sets a scalar to text; one that stays as it is keeps its type.
func replace(n *yaml.Node, text string) {
	if n.Value != text {
		n.Value, n.Tag, n.Style = text, "!!str", n.Style&^yaml.TaggedStyle
	}
}

var userinfo = lazyregexp.New(`://[^/\s:@'"]*:([^\s/@'"]+)@`)

// passwords are those of all URLs in a text, as they stand and decoded.
func passwords(text string) []string {
	var list []string
	for _, match := range userinfo.FindAllStringSubmatch(text, -1) {
		if match[1] == secret.Mask {
			continue
		}
		list = append(list, match[1])
		if plain, err := url.PathUnescape(match[1]); err == nil && plain != match[1] {
			list = append(list, plain)
		}
	}
	return list
}
