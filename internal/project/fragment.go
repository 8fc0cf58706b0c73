package project

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// Fragment is the Compose file of a plugin, merged after the user's own.
type Fragment struct {
	Plugin   string
	Path     string   // absolute
	Services []string // that the plugin may have
	Probed   []string // those of which the plugin says whether they are ready
	Secrets  []string // variables that the plugin declares as secrets
	Hooks    []Hook
	// Schemes are what URLs of container ports begin with, by service.
	Schemes map[string]map[uint16]string
	// Digest is of all that its hooks depend on: the plugin and its values.
	Digest string
	// Sum is of the plugin alone, and Variables are the names of its values.
	Sum       string
	Variables []string
}

// Hook is a phase in which a plugin has something to do: pre_up, post_ready or
// pre_down.
type Hook struct {
	Phase   string
	Timeout time.Duration
}

// Fragments are those of the plugins in use, in their order.
func (p *Project) Fragments() []Fragment { return p.fragments }

// prober is the plugin that says whether a service is ready.
func (p *Project) prober(service string) string {
	for _, f := range p.fragments {
		if slices.Contains(f.Probed, service) {
			return f.Plugin
		}
	}
	return ""
}

// Plugin is the plugin that a service is of; "" where it is the user's own.
func (p *Project) Plugin(service string) string {
	for _, f := range p.fragments {
		if slices.Contains(f.Services, service) {
			return f.Plugin
		}
	}
	return ""
}

// Scheme is what a plugin says that a container port of its service speaks; ""
// where it says nothing.
func (p *Project) Scheme(service string, port uint16) string {
	for _, f := range p.fragments {
		if s := f.Schemes[service][port]; s != "" {
			return s
		}
	}
	return ""
}

// PluginOf is the plugin whose fragment a file is, as shown to the user.
func (p *Project) PluginOf(file string) string {
	for _, f := range p.fragments {
		if p.Short(f.Path) == file || f.Path == file {
			return f.Plugin
		}
	}
	return ""
}

// Networks are those that a plugin's services join to be among the user's own:
// the networks of the user's services, sorted; none where these are on the
// default one alone.
func (p *Project) Networks() []string { return p.networks }

// stackNetworks looks at all services, whatever profile or selection.
func (p *Project) stackNetworks(model *types.Project) []string {
	names := map[string]bool{}
	for _, services := range []types.Services{model.Services, model.DisabledServices} {
		for name, s := range services {
			if p.Plugin(name) == "" {
				for network := range s.Networks {
					names[network] = true
				}
			}
		}
	}
	if len(names) == 1 && names["default"] {
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}

// IsFragment reports whether a file is the fragment of a plugin, in use or not.
func (l Layout) IsFragment(path string) bool {
	return filepath.Dir(path) == filepath.Dir(l.FragmentPath("any"))
}

// FragmentPath is where the fragment of a plugin lies for the Compose CLI.
func (l Layout) FragmentPath(plugin string) string {
	l = l.WithDefaults()
	return l.Path(l.StateDir, "plugins", plugin+".yml")
}

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
