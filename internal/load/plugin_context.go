package load

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// PluginContext is what the plugin targets work on: the environments, and the plugins
// that there are.
type PluginContext struct {
	*EnvContext
	Host *pluginhost.Host
}

// WithPlugins runs a plugin target.
func WithPlugins(ctx context.Context, w *app.Run, do func(context.Context, *PluginContext) error) error {
	return WithEnv(ctx, w, func(ctx context.Context, d *EnvContext) error {
		h, err := plugins.Host(ctx, w, d.Layout)
		if err != nil {
			return err
		}
		return do(ctx, &PluginContext{EnvContext: d, Host: h})
	})
}

// Known are the plugins that there are, by name.
func (s *PluginContext) Known() (map[string]pluginhost.Entry, error) {
	entries, err := s.Host.Known()
	if err != nil {
		return nil, err
	}
	all := make(map[string]pluginhost.Entry, len(entries))
	for _, e := range entries {
		all[e.Name] = e
	}
	return all, nil
}

// Find builds and verifies one plugin; an unknown name is the user's slip.
func (s *PluginContext) Find(ctx context.Context, name string) (*pluginhost.Plugin, error) {
	if err := s.exists(name); err != nil {
		return nil, err
	}
	list, err := s.Host.Resolve(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, errors.New("resolve plugin: not exactly one for one name")
	}
	return list[0], nil
}

// Program is the file of one plugin, whose manifest may be refused.
func (s *PluginContext) Program(ctx context.Context, name string) (string, error) {
	if err := s.exists(name); err != nil {
		return "", err
	}
	return s.Host.Program(ctx, name)
}

func (s *PluginContext) exists(name string) error {
	all, err := s.Known()
	if err != nil {
		return err
	}
	if _, ok := all[name]; !ok {
		return plugins.NotFound(name, slices.Sorted(maps.Keys(all)))
	}
	return nil
}

// VolumesOf are the volumes of a plugin as the engine knows them, sorted; none
// where the plugin cannot tell any more.
func (s *PluginContext) VolumesOf(ctx context.Context, e environ.Environment, name string) []string {
	p, err := s.Find(ctx, name)
	if err != nil {
		return nil
	}
	model, err := s.Model(ctx, e)
	if err != nil {
		return nil
	}
	config, _ := plugins.Values(p, e.Values(s.Shell), s.Shell)
	fragment, _, err := s.Host.Render(ctx, p, model.Name, config)
	if err != nil {
		return nil
	}
	return plugins.FragmentVolumes(fragment, model.Name)
}
