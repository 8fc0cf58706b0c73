package project

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Joined is a fragment whose services are on the networks, but for those that
// name networks of their own or have a network_mode. The first line says where
// it came from.
func Joined(plugin string, fragment []byte, networks []string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(fragment, &root); err != nil {
		return nil, fmt.Errorf("read fragment of plugin %q: %w", plugin, err)
	}
	if len(root.Content) == 1 && len(networks) > 0 {
		for _, service := range children(child(root.Content[0], "services")) {
			if service.Kind == yaml.MappingNode && child(service, "networks") == nil && child(service, "network_mode") == nil {
				service.Content = append(service.Content, text("networks"), list(networks))
			}
		}
	}
	spellNulls(&root)
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Written by Spellbook from plugin %s (networks: %s). Do not edit: infra:up writes it anew.\n", plugin, strings.Join(networks, " "))
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, fmt.Errorf("write fragment of plugin %q: %w", plugin, err)
	}
	return out.Bytes(), enc.Close()
}

// spellNulls writes an empty value as null: the encoder makes a text of it.
func spellNulls(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		n.Value = "null"
	}
	for _, child := range n.Content {
		spellNulls(child)
	}
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// children are the values of a mapping.
func children(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var values []*yaml.Node
	for i := 1; i < len(n.Content); i += 2 {
		values = append(values, n.Content[i])
	}
	return values
}

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func list(values []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, text(v))
	}
	return n
}
