package env

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
)

// diffDocument is what env:diff -json writes.
type diffDocument struct {
	Version     int          `json:"version"`
	A           string       `json:"a"`
	B           string       `json:"b"`
	Differences []Difference `json:"differences"`
	Error       string       `json:"error,omitempty"`
	ExitCode    int          `json:"exit_code,omitempty"`
}

// Difference has the values of what is no secret, where there are some.
type Difference struct {
	Variable string  `json:"variable"`
	Kind     string  `json:"kind"` // added, removed or different, by b
	Secret   bool    `json:"secret"`
	A        *string `json:"a,omitempty"`
	B        *string `json:"b,omitempty"`
}

// Diff shows the variables that two environments do not have in common.
func Diff(ctx context.Context, w *app.Run, a, b string, json bool) error {
	doc := diffDocument{Version: 1, A: a, B: b, Differences: []Difference{}}
	failed := func(text string, code int) any {
		doc.Error, doc.ExitCode = text, code
		return doc
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
			list, err := differencesOf(ctx, d, a, b)
			switch {
			case err != nil:
				return err
			case json:
				doc.Differences = DifferenceDocuments(list)
				return report.Document(w.Out, doc)
			case len(list) == 0:
				return w.Say("%s and %s have the same values\n", a, b)
			}
			return Differences(w, a, b, list)
		})
	})
}

// DifferenceDocuments are differences as documents have them.
func DifferenceDocuments(list []environ.Difference) []Difference {
	docs := make([]Difference, 0, len(list))
	for _, x := range list {
		one := Difference{Variable: x.Variable, Kind: x.Kind, Secret: x.Secret}
		if !x.Secret && x.Kind != "added" {
			one.A = &x.A
		}
		if !x.Secret && x.Kind != "removed" {
			one.B = &x.B
		}
		docs = append(docs, one)
	}
	return docs
}

func differencesOf(ctx context.Context, d *load.EnvContext, a, b string) ([]environ.Difference, error) {
	first, _, err := d.Read(a)
	if err != nil {
		return nil, err
	}
	second, _, err := d.Read(b)
	if err != nil {
		return nil, err
	}
	secrets, err := d.Secrets(ctx, first, second)
	if err != nil {
		return nil, err
	}
	return environ.Diff(first, second, secrets), nil
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
