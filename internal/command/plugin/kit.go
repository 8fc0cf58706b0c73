package plugin

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/units"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

// Test runs the conformance kit on a plugin, without a stack: no service
// of it is started.
func Test(ctx context.Context, w *app.Run, name string) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		program, err := s.Program(ctx, name)
		if err != nil {
			return err
		}
		result, err := kit.Run(ctx, program, kit.Options{Environ: allowed(w)})
		if err != nil {
			return fmt.Errorf("test plugin %q: %w", name, err)
		}
		if err := checks(w, result.Checks); err != nil {
			return err
		}
		if n := result.Failed(); n > 0 {
			return failure.New(failure.Unexpected, "plugin %q: %s of %d failed", name, units.Plural(n, "check"), len(result.Checks)).
				WithHint("correct the plugin, then mage plugin:test %s", name)
		}
		_, err = fmt.Fprintf(w.Out, "%s %s passes the kit: %s\n", result.Plugin, result.Version, units.Plural(len(result.Checks), "check"))
		return err
	})
}

func checks(w *app.Run, list []kit.Check) error {
	var rows [][]report.Cell
	for _, c := range list {
		state := report.Cell{Text: string(c.Status)}
		switch c.Status {
		case kit.Pass:
			state.State = status.Ready
		case kit.Fail:
			state.State = status.Failed
		case kit.NotApplicable:
		}
		rows = append(rows, []report.Cell{state, {Text: c.Name, Whole: true}, {Text: c.Took.Round(time.Millisecond).String()}, {Text: strings.Map(noControl, c.Detail)}})
	}
	return report.Table(w.Out, w.Format(false).Tables, []string{"RESULT", "CHECK", "TOOK", "WHY"}, rows)
}

// noControl keeps a plugin's text from moving the cursor.
func noControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// allowed is the environment that a host gives a plugin.
func allowed(w *app.Run) (list []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value := w.Getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}
