package plugin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Info shows the documentation of a plugin: what its manifest declares,
// then what its author wrote.
func Info(ctx context.Context, w *app.Run, name string, json bool) error {
	failed := func(text string, code int) any {
		return report.ErrorDocument{Version: 1, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
			p, err := s.Find(ctx, name)
			if err != nil {
				return err
			}
			e, err := s.Current()
			if err != nil {
				return err
			}
			enabled := slices.Contains(plugins.Enabled(s.Run, e), name)
			if json {
				return report.Document(w.Out, documentOf(p, enabled, where(s, p.Source)))
			}
			return info(s, p, enabled)
		})
	})
}

func info(s *load.PluginContext, p *pluginhost.Plugin, enabled bool) error {
	m, state := p.Manifest, "not enabled: mage plugin:enable "+p.Manifest.Name
	if enabled {
		state = "enabled"
	}
	err := s.Run.Say("%s %s (%s, %s)\n%s\nfrom %s\n", m.Name, m.Version, p.Kind, state, plugins.Sentence(m.Summary), where(s, p.Source))
	if err != nil {
		return err
	}
	for _, part := range infoParts(p) {
		if len(part.rows) == 0 {
			continue
		}
		_, _ = fmt.Fprintln(s.Run.Out)
		if err := report.Table(s.Run.Out, s.Run.Format(false).Tables, part.header, part.rows); err != nil {
			return err
		}
	}
	if docs := strings.TrimSpace(m.Docs); docs != "" {
		if s.Run.OutTerminal {
			docs = folded(docs, s.Run.Columns())
		}
		_, err = fmt.Fprintf(s.Run.Out, "\n%s\n", s.Run.Spell(docs))
	}
	return err
}

// infoPart is one table; without rows it is left out.
type infoPart struct {
	header []string
	rows   [][]report.Cell
}

func infoParts(p *pluginhost.Plugin) []infoPart {
	m := p.Manifest
	return []infoPart{
		{[]string{"SERVICE", "READY WHEN", "WHAT IT IS"}, rowsOf(m.Services, func(x manifest.Service) []string {
			return []string{x.Name, readyWhen(x), x.Summary}
		})},
		{[]string{"VARIABLE", "TYPE", "DEFAULT", "WHAT IT IS"}, rowsOf(m.Variables, variableRow)},
		{[]string{"PORT", "OF", "ENDPOINT"}, rowsOf(m.Endpoints, func(x manifest.Endpoint) []string {
			return []string{strconv.Itoa(int(x.Port)), x.Service, strings.TrimSpace(x.Name + " " + x.Scheme)}
		})},
		{[]string{"COMMAND", "WHAT IT DOES"}, rowsOf(m.Commands, func(x manifest.Command) []string {
			return []string{x.Usage(m.Name), x.Summary}
		})},
		{[]string{"HOOK", "WHAT IT DOES"}, rowsOf(m.Hooks, func(x manifest.Hook) []string {
			return []string{x.Phase, x.Summary}
		})},
		{[]string{"PERMISSION", "WHY"}, rowsOf(p.Asks(), func(x manifest.Permission) []string {
			return []string{x.Key, x.Reason}
		})},
	}
}

func rowsOf[T any](list []T, row func(T) []string) (rows [][]report.Cell) {
	for _, one := range list {
		var cells []report.Cell
		for i, text := range row(one) {
			cells = append(cells, report.Cell{Text: text, Whole: i == 0})
		}
		rows = append(rows, cells)
	}
	return rows
}

func readyWhen(x manifest.Service) string {
	when := "its health check says so"
	if x.Probed {
		when = "the plugin's probe says so"
	}
	if x.Optional {
		when += " (optional)"
	}
	return when
}

func variableRow(v manifest.Variable) []string {
	kind := v.Type
	for _, word := range []struct {
		said bool
		text string
	}{{v.Secret, "secret"}, {v.Generate > 0, "generated"}, {v.Required && v.Generate == 0, "required"}} {
		if word.said {
			kind += " " + word.text
		}
	}
	return []string{v.Name, strings.TrimSpace(kind), v.Default, v.Summary}
}
