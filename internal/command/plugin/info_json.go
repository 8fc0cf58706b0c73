package plugin

import (
	"time"

	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// infoDocument is plugin:info -json: what the manifest declares, and what the
// repository has made of it.
type infoDocument struct {
	Version       int                   `json:"version"`
	Name          string                `json:"name"`
	PluginVersion string                `json:"plugin_version"`
	Kind          string                `json:"kind"`
	Source        string                `json:"source"`
	Enabled       bool                  `json:"enabled"`
	Summary       string                `json:"summary"`
	Docs          string                `json:"docs"`
	Services      []manifest.Service    `json:"services"`
	Variables     []manifest.Variable   `json:"variables"`
	Endpoints     []manifest.Endpoint   `json:"endpoints"`
	Commands      []commandEntry        `json:"commands"`
	Hooks         []hookEntry           `json:"hooks"`
	Permissions   []manifest.Permission `json:"permissions"`
}

type commandEntry struct {
	Name    string `json:"name"`
	Usage   string `json:"usage"` // kafka:create NAME [-partitions=1]
	Summary string `json:"summary"`
	Endless bool   `json:"endless"`
}

type hookEntry struct {
	Phase     string `json:"phase"`
	Summary   string `json:"summary"`
	TimeoutMS int64  `json:"timeout_ms"`
}

func documentOf(p *pluginhost.Plugin, enabled bool, source string) infoDocument {
	m := p.Manifest
	doc := infoDocument{Version: 1, Name: m.Name, PluginVersion: m.Version, Kind: string(p.Kind), Source: source, Enabled: enabled, Summary: m.Summary, Docs: m.Docs,
		Services: jsondoc.List(m.Services), Variables: jsondoc.List(m.Variables), Endpoints: jsondoc.List(m.Endpoints),
		Commands: []commandEntry{}, Hooks: []hookEntry{}, Permissions: jsondoc.List(p.Asks())}
	for _, c := range m.Commands {
		doc.Commands = append(doc.Commands, commandEntry{c.Name, c.Usage(m.Name), c.Summary, c.Endless})
	}
	for _, h := range m.Hooks {
		doc.Hooks = append(doc.Hooks, hookEntry{h.Phase, h.Summary, int64(h.Timeout / time.Millisecond)})
	}
	return doc
}
