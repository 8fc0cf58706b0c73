package project

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// hit is one entry of a YAML file that a path leads to.
type hit struct {
	src   *source
	key   *yaml.Node // nil for an element of a list
	value *yaml.Node
}

// line is where the entry starts.
func (h hit) line() int {
	if h.key != nil {
		return h.key.Line
	}
	return h.value.Line
}

// lineOf is the first line of the entry that holds text, else where it starts.
func (h hit) lineOf(text string) int {
	from, to := h.line(), endLine(h.value)
	for n := from; n <= to && n <= len(h.src.lines); n++ {
		if strings.Contains(h.src.lines[n-1], text) {
			return n
		}
	}
	return from
}

// endLine is the last line of a node, as far as nodes tell.
func endLine(n *yaml.Node) int {
	end := n.Line + strings.Count(n.Value, "\n") + 1
	for _, child := range n.Content {
		end = max(end, endLine(child))
	}
	return end
}

// find follows a path of compose-go's notation, "services.a.ports.[]", where
// [] or a number is an element of a list and * any key. Names may hold dots.
func (s *source) find(path string) []hit {
	var found []hit
	s.steps = 0
	for _, doc := range s.docs {
		if len(doc.Content) > 0 {
			found = append(found, s.descend(hit{src: s, value: doc.Content[0]}, split(path), 0)...)
		}
	}
	return found
}

var bracketed = lazyregexp.New(`\[([^\]]+)\]`)

// split takes "services[a].ports" as well, which is mapstructure's notation.
func split(path string) []string {
	path = bracketed.ReplaceAllString(path, ".$1")
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' })
}

// most bounds the steps of one search, and deepest those of one branch, for
// aliases that lead to themselves, or to each other many times over.
const most, deepest = 100_000, 64

func (s *source) descend(at hit, path []string, depth int) []hit {
	if len(path) == 0 {
		return []hit{at}
	}
	if s.steps++; depth > deepest || s.steps > most {
		return nil
	}
	node := at.value
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.Kind {
	case yaml.MappingNode:
		return s.inMapping(node, path, depth)
	case yaml.SequenceNode:
		return s.inSequence(node, path, depth)
	}
	return nil
}

func (s *source) inMapping(node *yaml.Node, path []string, depth int) []hit {
	var found []hit
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if n := matched(key.Value, path); n > 0 {
			found = append(found, s.descend(hit{s, key, value}, path[n:], depth+1)...)
		} else if key.Value == "<<" {
			found = append(found, s.descend(hit{s, key, value}, path, depth+1)...)
		}
	}
	return found
}

// matched is how many parts of the path a key covers.
func matched(key string, path []string) int {
	for n := 1; n <= len(path); n++ {
		if part := strings.Join(path[:n], "."); part == key || part == "*" {
			return n
		}
	}
	return 0
}

// inSequence also finds by name in the short forms of mappings: "- NAME",
// "- NAME=value"; and merges in a list of mappings under <<.
func (s *source) inSequence(node *yaml.Node, path []string, depth int) []hit {
	var found []hit
	for i, item := range node.Content {
		h := hit{src: s, value: item}
		switch {
		case path[0] == "[]" || path[0] == strconv.Itoa(i):
			found = append(found, s.descend(h, path[1:], depth+1)...)
		case item.Kind == yaml.ScalarNode && names(item.Value, path[0]):
			found = append(found, h)
		case item.Kind == yaml.AliasNode:
			found = append(found, s.descend(h, path, depth+1)...)
		}
	}
	return found
}

func names(item, name string) bool {
	rest, found := strings.CutPrefix(item, name)
	return found && (rest == "" || rest[0] == '=' || rest[0] == ':')
}
