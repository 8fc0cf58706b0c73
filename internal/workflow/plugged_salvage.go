package workflow

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/project"
)

// salvage loads the project for targets that look at what runs, or end it: a
// stack can be stopped although a plugin of it does not build. A plugin that
// cannot be used is told of and not called; its services are as the last run
// wrote them, or not in the project. What is wrong without plugins is the error.
func (w *Workflow) salvage(ctx context.Context, l project.Layout, o project.Options) (*project.Project, *plugged, error) {
	p, g, refused := w.load(ctx, l, o)
	if refused == nil || ctx.Err() != nil {
		return p, g, refused
	}
	names, err := w.pluginNames(l)
	if err != nil || len(names) == 0 {
		return nil, nil, refused
	}
	sound, broken := w.assay(ctx, l, names)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	attempts := []rescue{
		{names: sound, old: lastFragments(l, namesOf(broken)), broken: broken},
		{names: sound, broken: broken},
		{old: lastFragments(l, names), broken: allBroken(names, broken, refused)}, // two that do not go together
		{broken: allBroken(names, broken, refused)},
	}
	if len(broken) == 0 {
		attempts = attempts[2:]
	}
	for _, r := range attempts {
		o.Fragments = r.old
		if p, g, err := w.naming(r.names).load(ctx, l, o); err == nil {
			g.broken = r.broken
			w.tellSalvaged(r)
			return p, g, nil
		}
	}
	return nil, nil, refused
}

// rescue is one way to load what there is.
type rescue struct {
	names  []string           // plugins that are used
	old    []project.Fragment // of the last run, instead of plugins
	broken []brokenPlugin     // those that are not used
}

// assay tells plugins that can be had from those that cannot.
func (w *Workflow) assay(ctx context.Context, l project.Layout, names []string) (sound []string, broken []brokenPlugin) {
	host, err := w.pluginHost(ctx, l)
	if err != nil {
		return nil, allBroken(names, nil, err)
	}
	for _, name := range names {
		if _, err := host.Resolve(ctx, []string{name}); err != nil {
			broken = append(broken, brokenPlugin{name, err})
			continue
		}
		sound = append(sound, name)
	}
	return w.rendering(ctx, l, sound, broken)
}

// rendering moves plugins that have no fragment for their values to the broken.
func (w *Workflow) rendering(ctx context.Context, l project.Layout, names []string, broken []brokenPlugin) (sound []string, _ []brokenPlugin) {
	g, err := w.naming(names).plug(ctx, l)
	if err != nil {
		return nil, allBroken(names, broken, err)
	}
	for _, p := range g.list {
		if _, _, err := g.fragment(ctx, l, p); err != nil {
			broken = append(broken, brokenPlugin{p.Manifest.Name, err})
			continue
		}
		sound = append(sound, p.Manifest.Name)
	}
	return sound, broken
}

func namesOf(broken []brokenPlugin) (names []string) {
	for _, b := range broken {
		names = append(names, b.name)
	}
	return names
}

// allBroken are all plugins, those for one reason that have none of their own.
func allBroken(names []string, broken []brokenPlugin, why error) []brokenPlugin {
	reasons := map[string]error{}
	for _, b := range broken {
		reasons[b.name] = b.err
	}
	var list []brokenPlugin
	for _, name := range names {
		reason, has := reasons[name]
		if !has {
			reason = why
		}
		list = append(list, brokenPlugin{name, reason})
	}
	return list
}

// lastFragments are those that the last run wrote for plugins. They are not
// probed and have no hooks.
func lastFragments(l project.Layout, names []string) (list []project.Fragment) {
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

// tellSalvaged says which plugins are not used, and why.
func (w *Workflow) tellSalvaged(r rescue) {
	old := map[string]bool{}
	for _, f := range r.old {
		old[f.Plugin] = true
	}
	for _, b := range r.broken {
		how := "goes without plugin %s: %s"
		if old[b.name] {
			how = "takes plugin %s as the last run left it: %s"
		}
		_, _ = fmt.Fprintf(w.Err, "warning: "+how+"\n", b.name, firstLine(b.err))
	}
}

// brokenBy is why a plugin is not used; nil where it is, or is not enabled.
func (g *plugged) brokenBy(name string) error {
	for _, b := range g.broken {
		if b.name == name {
			return b.err
		}
	}
	return nil
}
