// Package plugin holds the plugin:* commands: the options of each, its run, and
// what it shows. Plugins themselves are in internal/pluginhost.
package plugin

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// pluginDocument is plugin:list -json.
type pluginDocument struct {
	Version  int         `json:"version"`
	Plugins  []pluginRow `json:"plugins"`
	Error    string      `json:"error,omitempty"`
	ExitCode int         `json:"exit_code,omitempty"`
}

// pluginRow is one plugin of the list.
type pluginRow struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"` // "" for one that cannot be used
	Kind        string   `json:"kind"`
	Source      string   `json:"source"`
	Summary     string   `json:"summary"`
	Enabled     bool     `json:"enabled"`
	Services    []string `json:"services"`
	Permissions []string `json:"permissions"`
	Problem     string   `json:"problem,omitempty"` // why it cannot be used
}

// List shows the plugins that there are. Those whose manifests are known
// are not launched.
func List(ctx context.Context, w *app.Run, json bool) error {
	failed := func(text string, code int) any {
		return pluginDocument{Version: 1, Plugins: []pluginRow{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
			rows, err := rows(ctx, s)
			if err != nil {
				return err
			}
			if json {
				return report.Document(w.Out, pluginDocument{Version: 1, Plugins: rows})
			}
			return table(s, rows)
		})
	})
}

func rows(ctx context.Context, s *load.PluginContext) ([]pluginRow, error) {
	all, err := s.Known()
	if err != nil {
		return nil, err
	}
	e, err := s.Current()
	if err != nil {
		return nil, err
	}
	enabled := plugins.Enabled(s.Run, e)
	names := slices.Sorted(maps.Keys(all))
	found, problems := each(ctx, s, names)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	rows := make([]pluginRow, 0, len(names))
	for _, name := range names {
		row := pluginRow{Name: name, Kind: string(all[name].Kind), Source: where(s, all[name].Source), Enabled: slices.Contains(enabled, name),
			Services: []string{}, Permissions: []string{}, Problem: problems[name]}
		if p := found[name]; p != nil {
			row.describe(p.Manifest)
		}
		rows = append(rows, row)
	}
	return append(rows, missing(enabled, all)...), nil
}

func (r *pluginRow) describe(m manifest.Manifest) {
	r.Version, r.Summary = m.Version, m.Summary
	for _, one := range m.Services {
		r.Services = append(r.Services, one.Name)
	}
	for _, one := range m.Permissions {
		r.Permissions = append(r.Permissions, one.Key)
	}
}

// missing are plugins that are enabled and that there are not.
func missing(enabled []string, all map[string]pluginhost.Entry) (rows []pluginRow) {
	for _, name := range enabled {
		if _, ok := all[name]; !ok {
			problem, _, _ := strings.Cut(plugins.NotFound(name, slices.Sorted(maps.Keys(all))).Error(), "\n")
			rows = append(rows, pluginRow{Name: name, Enabled: true, Services: []string{}, Permissions: []string{}, Problem: problem})
		}
	}
	return rows
}

// each resolves all at once, or where one of them cannot be used, one by one,
// so that the others are known all the same.
func each(ctx context.Context, s *load.PluginContext, names []string) (found map[string]*pluginhost.Plugin, problems map[string]string) {
	found, problems = map[string]*pluginhost.Plugin{}, map[string]string{}
	list, err := s.Host.Resolve(ctx, names)
	for _, p := range list {
		found[p.Manifest.Name] = p
	}
	if err == nil {
		return found, problems
	}
	for _, name := range names {
		one, err := s.Host.Resolve(ctx, []string{name})
		if err != nil || len(one) == 0 {
			problems[name] = plugins.FirstLine(err)
			continue
		}
		found[name] = one[0]
	}
	return found, problems
}

// where is a source relative to the repository where it is in it.
func where(s *load.PluginContext, source string) string {
	if relative, err := filepath.Rel(s.Layout.Root, source); err == nil && filepath.IsLocal(relative) {
		return filepath.ToSlash(relative)
	}
	return source
}

func table(s *load.PluginContext, rows []pluginRow) error {
	var cells [][]report.Cell
	for _, r := range rows {
		mark := ""
		if r.Enabled {
			mark = "✔"
		}
		version := report.Cell{Text: r.Version}
		if r.Problem != "" {
			version = report.Cell{Text: r.Problem, State: status.Failed}
		}
		cells = append(cells, []report.Cell{{Text: mark, State: status.Ready}, {Text: r.Name, Whole: true}, version,
			{Text: r.Kind}, {Text: strings.Join(r.Services, ", ")}, {Text: strings.Join(r.Permissions, ", ")}, {Text: r.Summary}})
	}
	return report.Table(s.Run.Out, s.Run.Format(false).Tables, []string{"ENABLED", "PLUGIN", "VERSION", "KIND", "SERVICES", "PERMISSIONS", "WHAT IT IS"}, cells)
}
