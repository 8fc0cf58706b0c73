package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

const (
	// MaxFragment is the most that a fragment may have, in bytes.
	MaxFragment = 1 << 20 // bytes
	maxNodes    = 50_000  // with each alias counted as what it stands for
	maxDepth    = 100
)

// ReadFragment decodes a Compose file as Compose does, anchors and merge keys
// resolved, after a look at what the decoded values no longer show: more than
// one document, tags, circles, and aliases of aliases without end.
func ReadFragment(data []byte) (map[string]any, error) {
	if len(data) > MaxFragment {
		return nil, fmt.Errorf("the fragment has %d bytes, %d are the most", len(data), MaxFragment)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("the fragment is no YAML: %s", manifest.Printable(err.Error()))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the fragment is more than one YAML document")
	}
	if err := (&nodes{}).walk(&doc, nil); err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := doc.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the fragment is no Compose file: %s", manifest.Printable(err.Error()))
	}
	return tree, nil
}

type nodes struct{ seen int }

var knownTags = []string{"", "!", "!!map", "!!seq", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!merge", "!!timestamp"}

// walk follows aliases; above are the nodes that lead to n.
func (w *nodes) walk(n *yaml.Node, above []*yaml.Node) error {
	if w.seen++; w.seen > maxNodes || len(above) > maxDepth {
		return fmt.Errorf("the fragment has more than %d values or %d levels", maxNodes, maxDepth)
	}
	if slices.Contains(above, n) {
		return fmt.Errorf("line %d: the anchor contains itself", n.Line)
	}
	if !slices.Contains(knownTags, n.Tag) && n.Kind != yaml.AliasNode {
		return fmt.Errorf("line %d: a fragment has no tags of its own", n.Line)
	}
	above = append(above[:len(above):len(above)], n)
	if n.Kind == yaml.AliasNode {
		return w.walk(n.Alias, above)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && !isKey(child) {
			return fmt.Errorf("line %d: a key that is no text", child.Line)
		}
		if err := w.walk(child, above); err != nil {
			return err
		}
	}
	return nil
}

func isKey(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!merge" || n.Tag == "!" || n.Tag == "")
}
