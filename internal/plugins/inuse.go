// Package plugins knows the plugins of a project: which ones an environment
// enables, where they come from, what their variables are, and the Compose
// fragments that they bring in; it loads the project with these. Loading and
// calling a plugin's program is pluginhost's. It imports app for the run, what
// reads the project and the environments, and pluginhost.
package plugins

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

// InUse are the plugins in use of a session. Its zero value has none.
type InUse struct {
	host    *pluginhost.Host
	list    []*pluginhost.Plugin
	File    map[string]string // values of the active environment's file
	Shell   dotenv.Lookup
	environ []string // the shell's, whole
	files   []string // the user's Compose files
	// broken are those that are enabled and cannot be used: see loadDegraded.
	broken     []Broken
	ProbeNotes sync.Map // what a service still lacks to be ready, as its plugin says
	once       sync.Once
	open       *pluginhost.Session
}

// Session launches plugins when they are called.
func (g *InUse) Session() *pluginhost.Session {
	g.once.Do(func() { g.open = g.host.Open() })
	return g.open
}

// Close ends what was launched.
func (g *InUse) Close() {
	if g != nil && g.open != nil {
		g.open.Close()
	}
}

// Plugin is the plugin in use that is called name.
func (g *InUse) Plugin(name string) (*pluginhost.Plugin, bool) {
	i := slices.IndexFunc(g.list, func(p *pluginhost.Plugin) bool { return p.Manifest.Name == name })
	if i < 0 {
		return nil, false
	}
	return g.list[i], true
}

// LastProbe is what a plugin last said of a service that was late, if anything.
func (g *InUse) LastProbe(service string) string {
	text, _ := g.ProbeNotes.Load(service)
	word, _ := text.(string)
	return word
}

// resolve resolves the plugins that PLUGINS names. Where none is named, nothing
// of them is touched.
func resolve(ctx context.Context, w *app.Run, l project.Layout) (*InUse, error) {
	e, err := w.Environment(app.EnvDirs(l))
	if err != nil {
		return nil, err
	}
	names := Enabled(w, e)
	if len(names) == 0 {
		return &InUse{}, nil
	}
	host, err := Host(ctx, w, l)
	if err != nil {
		return nil, err
	}
	list, err := host.Resolve(ctx, names)
	return &InUse{host: host, list: list, File: e.Values(w.LookupEnv), Shell: w.LookupEnv, environ: w.Environ}, err
}

// fragments renders and writes the plugins' Compose files, on the networks of
// the user's services. Those that are given come first, as they are.
func (g *InUse) fragments(ctx context.Context, l project.Layout, networks []string, given ...project.Fragment) ([]project.Fragment, error) {
	list := slices.Clone(given)
	texts := map[string][]byte{}
	for _, p := range g.list {
		f, text, err := g.fragment(ctx, l, p)
		if err != nil {
			return nil, err
		}
		list, texts[f.Plugin] = append(list, f), text
	}
	m := g.cacheKey(l, texts, networks)
	if m.holds(list) {
		return list, nil
	}
	if err := g.clashes(l, texts); err != nil {
		return nil, err
	}
	state.KeepOutOfGit(l.Path(l.WithDefaults().StateDir))
	for _, f := range list[len(given):] {
		text, err := project.Joined(f.Plugin, texts[f.Plugin], networks)
		if err != nil {
			return nil, failure.New(failure.Preflight, "%w", err)
		}
		if err := writeFragment(f.Path, text); err != nil { // Compose has to read it
			return nil, failure.New(failure.Preflight, "%w", err).WithHint("make room for it, or: rm -r %s", l.Path(l.WithDefaults().StateDir))
		}
	}
	_ = m.note(list) // it saves a closer look, no more
	return list, nil
}

// clashes refuses what two plugins, or a plugin and the user's own files, both
// have: Compose would make one of it, silently.
func (g *InUse) clashes(l project.Layout, texts map[string][]byte) error {
	value := func(name string) (string, bool) {
		if v, ok := g.Shell(name); ok {
			return v, ok
		}
		v, ok := g.File[name]
		return v, ok
	}
	var own []pluginhost.Names
	for _, file := range g.files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil // who loads it says so
		}
		if names, err := pluginhost.NamesOf(l.Short(file), text, value); err == nil {
			own = append(own, names)
		}
	}
	return pluginhost.Clashes(texts, value, own...)
}

func (g *InUse) fragment(ctx context.Context, l project.Layout, p *pluginhost.Plugin) (project.Fragment, []byte, error) {
	config, _ := Values(p, g.File, g.Shell)
	name := p.Manifest.Name
	f := project.Fragment{Plugin: name, Path: l.FragmentPath(name), Digest: digestOf(p, config), Sum: p.Sum}
	text, found, err := g.host.Render(ctx, p, "", config)
	if err == nil {
		err = Diagnostics(name, found)
	}
	if err != nil {
		return f, nil, err
	}
	for _, s := range p.Manifest.Services {
		f.Services = append(f.Services, s.Name)
		if s.Probed {
			f.Probed = append(f.Probed, s.Name)
		}
	}
	f.Schemes = map[string]map[uint16]string{}
	for _, e := range p.Manifest.Endpoints {
		if f.Schemes[e.Service] == nil {
			f.Schemes[e.Service] = map[uint16]string{}
		}
		f.Schemes[e.Service][e.Port] = e.Scheme
	}
	for _, v := range p.Manifest.Variables {
		f.Variables = append(f.Variables, v.Name)
		if v.Secret {
			f.Secrets = append(f.Secrets, v.Name)
		}
	}
	for _, h := range p.Manifest.Hooks {
		f.Hooks = append(f.Hooks, project.Hook{Phase: h.Phase, Timeout: h.Timeout})
	}
	return f, text, nil
}

// digestOf is of what a plugin's hooks depend on. Secrets are no part of it: a
// new one makes new containers.
func digestOf(p *pluginhost.Plugin, config map[string]string) string {
	data, err := json.Marshal([]any{p.Sum, config})
	if err != nil {
		return p.Sum
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// Diagnostics is one error for all that a plugin finds wrong with its values.
func Diagnostics(name string, found []manifest.Diagnostic) error {
	var lines []string
	hint := "mage plugin:info " + name
	for _, d := range found {
		if !d.Warning {
			lines = append(lines, strings.TrimPrefix(d.Path+": "+d.Summary, ": "))
			if d.Hint != "" {
				hint = d.Hint
			}
		}
	}
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return failure.New(failure.Preflight, "plugin %s: %s", name, lines[0]).WithHint("%s", hint)
	}
	return failure.New(failure.Preflight, "plugin %s: %d values are wrong", name, len(lines)).WithDetails(lines...).WithHint("%s", hint)
}
