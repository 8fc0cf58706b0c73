package project

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// Fragment is the Compose file of a plugin, merged after the user's own.
type Fragment struct {
	Plugin   string
	Path     string   // absolute
	Services []string // that the plugin may have
	Probed   []string // those of which the plugin says whether they are ready
	Hooks    []Hook
	// Digest is of all that its hooks depend on: the plugin and its values.
	Digest string
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
