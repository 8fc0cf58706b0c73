package workflow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/sbom/govulncheck"
)

// tables writes what was found, a row for each vulnerability of a module, and
// then a line for each image.
func (x *scanner) tables(list []scanned) error {
	var rows [][]report.Cell
	var seen []string
	for _, one := range list {
		for _, s := range one.Scans {
			if slices.Contains(seen, s.Of) {
				continue // the same module, in another image
			}
			seen = append(seen, s.Of)
			for _, f := range s.Findings {
				rows = append(rows, findingRow(f))
			}
		}
	}
	if len(rows) > 0 {
		header := []string{"VULNERABILITY", "MODULE", "FOUND", "FIXED", "USE", "WHAT"}
		if err := report.Table(x.w.Out, x.format.tables, header, rows); err != nil {
			return err
		}
	}
	for _, one := range list {
		if _, err := fmt.Fprintln(x.w.Out, x.w.folded(one.line())); err != nil {
			return err
		}
	}
	return nil
}

func findingRow(f govulncheck.Finding) []report.Cell {
	use := report.Cell{Text: string(f.Use)}
	switch f.Use {
	case govulncheck.Called:
		use.State = report.Failed
	case govulncheck.Imported:
		use.State = report.Starting
	}
	return []report.Cell{{Text: f.ID, Whole: true}, {Text: f.Module, Whole: true}, {Text: f.Found}, {Text: first(f.Fixed, "no version")}, use,
		{Text: strings.TrimSpace(f.Summary + "\n" + f.Trace)}}
}

// line sums an image up: "api (agent, api): clean; apps/backend by govulncheck".
func (s scanned) line() string {
	text := s.Name
	if len(s.Services) > 1 {
		text += " (" + join(s.Services) + ")"
	}
	text += ": " + string(s.State)
	for _, one := range s.Scans {
		text += "; " + one.Of + " by " + one.Scanner
		if n := len(one.Findings); n > 0 {
			text += fmt.Sprintf(": %d called, %d not", one.called(), n-one.called())
		}
	}
	if len(s.Unread) > 0 {
		text += "; nobody looked at " + join(s.Unread)
	}
	return text
}
