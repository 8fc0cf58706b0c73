package project

import (
	"bytes"
	"os"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// circular refuses a file whose anchor contains an alias of itself: compose-go,
// and with it the Compose CLI, walks such a one until memory ends.
func circular(p *Project) error {
	for _, file := range p.Files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.ContainsRune(text, '&') || !bytes.ContainsRune(text, '*') {
			continue // what cannot be read is explained by who loads it
		}
		var root yaml.Node
		if yaml.Unmarshal(text, &root) != nil {
			continue
		}
		if at := selfAlias(&root, map[*yaml.Node]bool{}); at != nil {
			return failure.New(failure.Preflight, "%s:%d: an anchor contains itself", p.Short(file), at.Line).WithHint("remove the alias to it")
		}
	}
	return nil
}

// selfAlias finds an alias below the node that it stands for.
func selfAlias(n *yaml.Node, above map[*yaml.Node]bool) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		if above[n.Alias] {
			return n
		}
		return nil
	}
	above[n] = true
	defer delete(above, n)
	for _, child := range n.Content {
		if at := selfAlias(child, above); at != nil {
			return at
		}
	}
	return nil
}
