package sdk

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Reference is a variable in a Compose file: ${NAME:-default}, $NAME.
type Reference struct {
	Name     string
	Operator string // "", "-", ":-", "?", ":?", "+", ":+"
	Operand  string // what follows the operator
}

// References are the variables in a document's texts, in order; those inside a
// default are references too. $$ is a dollar.
func References(document *yaml.Node) (list []Reference) {
	seen := map[*yaml.Node]bool{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.Kind == yaml.ScalarNode {
			list = append(list, referencesIn(n.Value)...)
		}
		for _, child := range n.Content {
			walk(child)
		}
		if n.Alias != nil {
			walk(n.Alias)
		}
	}
	walk(document)
	return list
}

func referencesIn(s string) (list []Reference) {
	for {
		_, after, ok := strings.Cut(s, "$")
		switch {
		case !ok || after == "":
			return list
		case after[0] == '$':
			s = after[1:]
		case after[0] == '{':
			inside, rest := braced(after[1:])
			r := reference(inside)
			list, s = append(append(list, r), referencesIn(r.Operand)...), rest
		default:
			n := nameLength(after)
			if n > 0 {
				list = append(list, Reference{Name: after[:n]})
			}
			s = after[n:]
		}
	}
}

// braced is what stands before the closing brace, which may be inside another
// pair, and what stands after it.
func braced(s string) (inside, rest string) {
	depth := 1
	for i := range len(s) {
		switch {
		case s[i] == '}':
			depth--
		case s[i] == '{' && i > 0 && s[i-1] == '$':
			depth++
		}
		if depth == 0 {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func reference(inside string) Reference {
	n := nameLength(inside)
	r := Reference{Name: inside[:n]}
	rest := inside[n:]
	length := 1
	if strings.HasPrefix(rest, ":") {
		length = 2
	}
	if len(rest) >= length {
		r.Operator, r.Operand = rest[:length], rest[length:]
	}
	return r
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}
