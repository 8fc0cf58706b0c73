package env

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Diff shows the variables that two environments do not have in common.
func Diff(ctx context.Context, w *app.Run, a, b string) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		first, _, err := d.Read(a)
		if err != nil {
			return err
		}
		second, _, err := d.Read(b)
		if err != nil {
			return err
		}
		secrets, err := d.Secrets(ctx, first, second)
		if err != nil {
			return err
		}
		list := environ.Diff(first, second, secrets)
		if len(list) == 0 {
			_, err = fmt.Fprintf(w.Out, "%s and %s have the same values\n", a, b)
			return err
		}
		return Differences(w, a, b, list)
	})
}

// Differences shows them in a table; a and b are what the two sides are called.
func Differences(w *app.Run, a, b string, list []environ.Difference) error {
	return report.Table(w.Out, w.Format(false).Tables, []string{"VARIABLE", "", a, b}, differenceRows(list))
}

func differenceRows(list []environ.Difference) [][]report.Cell {
	rows := make([][]report.Cell, 0, len(list))
	for _, x := range list {
		a, b := sideText(x, x.A, "added"), sideText(x, x.B, "removed")
		rows = append(rows, []report.Cell{{Text: x.Variable, Whole: true}, {Text: kindText(x.Kind), Whole: true}, {Text: a}, {Text: b}})
	}
	return rows
}

// kindText is what the second environment does; of a secret that is all there is
// to say.
func kindText(kind string) string {
	return map[string]string{"different": "differs", "added": "adds", "removed": "lacks"}[kind]
}

// sideText is the value on one side, which has none where the kind is absent.
func sideText(x environ.Difference, value, absent string) string {
	switch {
	case x.Kind == absent:
		return "—"
	case x.Secret:
		return "(secret)"
	case value == "":
		return "(empty)"
	}
	return value
}
