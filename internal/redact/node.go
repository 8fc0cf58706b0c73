package redact

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// Node masks in a document the secrets that its scalars and its keys are made of;
// other is the same document rendered with their stand-ins.
func (s *StandIns) Node(doc, other *yaml.Node) {
	switch {
	case other == nil || doc.Kind != other.Kind || doc.Kind == yaml.SequenceNode && len(doc.Content) != len(other.Content):
		s.hideAll(doc)
	case doc.Kind == yaml.ScalarNode:
		replace(doc, s.Text(doc.Value, other.Value))
	case doc.Kind == yaml.MappingNode:
		s.mapping(doc, other)
	default:
		for i, child := range doc.Content {
			s.Node(child, other.Content[i])
		}
	}
}

func (s *StandIns) mapping(doc, other *yaml.Node) {
	theirs, renamed := map[string]*yaml.Node{}, map[string]int{}
	for i := 0; i+1 < len(other.Content); i += 2 {
		theirs[other.Content[i].Value] = other.Content[i+1]
	}
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, value := doc.Content[i], doc.Content[i+1]
		if same, found := theirs[key.Value]; found {
			s.Node(value, same)
			continue
		}
		// Either it is made of a secret, and the one of the other document is
		// made of its stand-in; or its value, which is one, is left out there.
		shown, twin := key.Value, (*yaml.Node)(nil)
		if slices.ContainsFunc(s.longestFirst(), func(value string) bool { return strings.Contains(key.Value, value) }) {
			shown = secret.Mask
		}
		for name, node := range theirs {
			if text := s.Text(key.Value, name); text != secret.Mask && strings.Contains(text, secret.Mask) {
				shown, twin = text, node
			}
		}
		if renamed[shown]++; renamed[shown] > 1 {
			shown += strconv.Itoa(renamed[shown])
		}
		replace(key, shown)
		s.Node(value, twin)
	}
}

// hideAll masks what has no counterpart.
func (s *StandIns) hideAll(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		replace(n, secret.Mask)
	}
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			s.hideAll(child)
		}
	}
}

// replace sets a scalar to a text; one that stays as it is keeps its type.
func replace(n *yaml.Node, text string) {
	if n.Value != text {
		n.Value, n.Tag, n.Style = text, "!!str", n.Style&^yaml.TaggedStyle
	}
}
