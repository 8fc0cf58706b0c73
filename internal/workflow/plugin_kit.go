package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

// PluginTest runs the conformance kit on a plugin, without a stack: no service
// of it is started.
func (w *Workflow) PluginTest(ctx context.Context, name string) error {
	return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
		program, err := s.program(ctx, name)
		if err != nil {
			return err
		}
		result, err := kit.Run(ctx, program, kit.Options{Environ: w.allowed()})
		if err != nil {
			return fmt.Errorf("test plugin %q: %w", name, err)
		}
		if err := w.checks(result.Checks); err != nil {
			return err
		}
		if n := result.Failed(); n > 0 {
			return failure.New(failure.Unexpected, "plugin %q: %s of %d failed", name, plural(n, "check"), len(result.Checks)).
				WithHint("correct the plugin, then mage plugin:test %s", name)
		}
		_, err = fmt.Fprintf(w.Out, "%s %s passes the kit: %s\n", result.Plugin, result.Version, plural(len(result.Checks), "check"))
		return err
	})
}

func (w *Workflow) checks(list []kit.Check) error {
	var rows [][]report.Cell
	for _, c := range list {
		state := report.Cell{Text: string(c.Status)}
		switch c.Status {
		case kit.Pass:
			state.State = report.Ready
		case kit.Fail:
			state.State = report.Failed
		case kit.NotApplicable:
		}
		rows = append(rows, []report.Cell{state, {Text: c.Name, Whole: true}, {Text: c.Took.Round(time.Millisecond).String()}, {Text: strings.Map(noControl, c.Detail)}})
	}
	return report.Table(w.Out, w.format(false).tables, []string{"RESULT", "CHECK", "TOOK", "WHY"}, rows)
}

// noControl keeps a plugin's text from moving the cursor.
func noControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// allowed is the environment that a host gives a plugin.
func (w *Workflow) allowed() (list []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value := w.Getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}
