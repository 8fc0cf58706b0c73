package plugins

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

// ProjectDegraded loads the project for targets that look at what runs, or end it: a
// stack can be stopped although a plugin of it does not build. A plugin that
// cannot be used is told of and not called; its services are as the last run
// wrote them, or not in the project. What is wrong without plugins is the error.
func ProjectDegraded(ctx context.Context, w *app.Run, l project.Layout, o project.Options) (*project.Project, *InUse, error) {
	p, g, refused := Project(ctx, w, l, o)
	if refused == nil || ctx.Err() != nil {
		return p, g, refused
	}
	names, err := Names(w, l)
	if err != nil || len(names) == 0 {
		return nil, nil, refused
	}
	sound, broken := probePlugins(ctx, w, l, names)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	attempts := []fallback{
		{names: sound, old: LastFragments(l, namesOf(broken)), broken: broken},
		{names: sound, broken: broken},
		{old: LastFragments(l, names), broken: allBroken(names, broken, refused)}, // two that do not go together
		{broken: allBroken(names, broken, refused)},
	}
	if len(broken) == 0 {
		attempts = attempts[2:]
	}
	for _, r := range attempts {
		o.Fragments = r.old
		if p, g, err := Project(ctx, Enabling(w, r.names), l, o); err == nil {
			g.broken = r.broken
			warnDegraded(w, r)
			return p, g, nil
		}
	}
	return nil, nil, refused
}

// fallback is one way to load what there is.
type fallback struct {
	names  []string           // plugins that are used
	old    []project.Fragment // of the last run, instead of plugins
	broken []Broken           // those that are not used
}

// probePlugins tells plugins that can be had from those that cannot.
func probePlugins(ctx context.Context, w *app.Run, l project.Layout, names []string) (sound []string, broken []Broken) {
	host, err := Host(ctx, w, l)
	if err != nil {
		return nil, allBroken(names, nil, err)
	}
	for _, name := range names {
		if _, err := host.Resolve(ctx, []string{name}); err != nil {
			broken = append(broken, Broken{name, err})
			continue
		}
		sound = append(sound, name)
	}
	return renderPlugins(ctx, w, l, sound, broken)
}

// renderPlugins moves plugins that have no fragment for their values to the broken.
func renderPlugins(ctx context.Context, w *app.Run, l project.Layout, names []string, broken []Broken) (sound []string, _ []Broken) {
	g, err := resolve(ctx, Enabling(w, names), l)
	if err != nil {
		return nil, allBroken(names, broken, err)
	}
	for _, p := range g.list {
		if _, _, err := g.fragment(ctx, l, p); err != nil {
			broken = append(broken, Broken{p.Manifest.Name, err})
			continue
		}
		sound = append(sound, p.Manifest.Name)
	}
	return sound, broken
}

func namesOf(broken []Broken) (names []string) {
	for _, b := range broken {
		names = append(names, b.Name)
	}
	return names
}

// allBroken are all plugins, those for one reason that have none of their own.
func allBroken(names []string, broken []Broken, why error) []Broken {
	reasons := map[string]error{}
	for _, b := range broken {
		reasons[b.Name] = b.Err
	}
	var list []Broken
	for _, name := range names {
		reason, has := reasons[name]
		if !has {
			reason = why
		}
		list = append(list, Broken{name, reason})
	}
	return list
}

// LastFragments are those that the last run wrote for plugins. They are not
// probed and have no hooks.
func LastFragments(l project.Layout, names []string) (list []project.Fragment) {
	for _, name := range names {
		path := l.FragmentPath(name)
		text, err := os.ReadFile(path)
		if err != nil || !l.IsFragment(path) { // a name that is none may lead elsewhere
			continue
		}
		var file struct {
			Services map[string]any `yaml:"services"`
		}
		if yaml.Unmarshal(text, &file) == nil {
			list = append(list, project.Fragment{Plugin: name, Path: path, Services: slices.Sorted(maps.Keys(file.Services))})
		}
	}
	return list
}

// warnDegraded says which plugins are not used, and why.
func warnDegraded(w *app.Run, r fallback) {
	old := map[string]bool{}
	for _, f := range r.old {
		old[f.Plugin] = true
	}
	for _, b := range r.broken {
		how := "goes without plugin %s: %s"
		if old[b.Name] {
			how = "takes plugin %s as the last run left it: %s"
		}
		w.Tell("warning: "+how, b.Name, FirstLine(b.Err))
	}
}

// BrokenBy is why a plugin is not used; nil where it is, or is not enabled.
func (g *InUse) BrokenBy(name string) error {
	for _, b := range g.broken {
		if b.Name == name {
			return b.Err
		}
	}
	return nil
}

// Enabling is w where these plugins are enabled, whatever the environment says.
func Enabling(w *app.Run, plugins []string) *app.Run {
	other := *w
	other.Environ = append(slices.Clone(w.Environ), environ.EnabledPlugins+"="+strings.Join(plugins, ","))
	return &other
}
