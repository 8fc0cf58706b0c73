package plugin

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Verify reads every plugin again, whatever is remembered: those of others
// have to be what the lock says. With locked, as CI=true has it, nothing may be added to it.
func Verify(ctx context.Context, w *app.Run, locked bool) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		s.Host.Locked = s.Host.Locked || locked
		list, err := s.Host.Verify(ctx)
		if err != nil {
			return err
		}
		var rows [][]report.Cell
		var wrong []error
		for _, v := range list {
			state := report.Cell{Text: "✔", State: status.Ready}
			if v.Err != nil {
				state = report.Cell{Text: "✖", State: status.Failed}
				wrong = append(wrong, v.Err)
			}
			rows = append(rows, []report.Cell{state, {Text: v.Name, Whole: true}, {Text: string(v.Kind)}, {Text: where(s, v.Source)}})
		}
		if err := report.Table(w.Out, w.Format(false).Tables, []string{"VERIFIED", "PLUGIN", "KIND", "SOURCE"}, rows); err != nil {
			return err
		}
		return unverified(wrong, len(list))
	})
}

// unverified is one error for all that are wrong: the only one as it is.
func unverified(wrong []error, all int) error {
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return wrong[0]
	}
	f := failure.New(failure.Preflight, "%d of %d plugins are not what they should be", len(wrong), all).
		WithHint("mage plugin:verify, after each of them is put right")
	for _, err := range wrong {
		f = f.WithDetails(fmt.Sprint(err))
	}
	return f
}
