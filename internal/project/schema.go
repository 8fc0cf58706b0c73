package project

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/schema"
)

// schemaKeys are the keys that the Compose schema allows at a path, sorted.
func schemaKeys(path []string) []string {
	var root map[string]any
	if json.Unmarshal([]byte(schema.Schema), &root) != nil {
		return nil
	}
	found := map[string]bool{}
	w := schemaWalk{root: root}
	for _, node := range w.at(root, path) {
		w.collect(node, found)
	}
	return slices.Sorted(maps.Keys(found))
}

// schemaWalk follows $ref and every alternative.
type schemaWalk struct{ root map[string]any }

// at are the schemas of what is at path below node.
func (w schemaWalk) at(node map[string]any, path []string) []map[string]any {
	if len(path) == 0 {
		return []map[string]any{node}
	}
	var found []map[string]any
	w.each(node, func(alternative map[string]any) {
		for _, child := range below(alternative, path[0]) {
			found = append(found, w.at(child, path[1:])...)
		}
	})
	return found
}

// each visits node and its alternatives, $ref resolved.
func (w schemaWalk) each(node map[string]any, visit func(map[string]any)) {
	if ref, ok := node["$ref"].(string); ok {
		defs, _ := w.root["$defs"].(map[string]any)
		node, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	visit(node)
	for _, word := range []string{"allOf", "oneOf", "anyOf"} {
		list, _ := node[word].([]any)
		for _, item := range list {
			if m, ok := item.(map[string]any); ok {
				w.each(m, visit)
			}
		}
	}
}

// below are the schemas that one alternative has for a key or an element.
func below(node map[string]any, key string) []map[string]any {
	properties, _ := node["properties"].(map[string]any)
	if child, ok := properties[key].(map[string]any); ok {
		return []map[string]any{child}
	}
	var found []map[string]any
	patterns, _ := node["patternProperties"].(map[string]any)
	for pattern, child := range patterns {
		if m, ok := child.(map[string]any); ok && pattern != "^x-" {
			found = append(found, m)
		}
	}
	if m, ok := node["items"].(map[string]any); ok {
		found = append(found, m)
	}
	return found
}

func (w schemaWalk) collect(node map[string]any, found map[string]bool) {
	w.each(node, func(alternative map[string]any) {
		properties, _ := alternative["properties"].(map[string]any)
		for key := range properties {
			found[key] = true
		}
	})
}
