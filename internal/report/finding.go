package report

import (
	"io"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/status"
)

// FindingTable writes a row a finding, with what is wrong and what to do below
// each other, folded to the width of o.
func FindingTable(out io.Writer, o Options, findings []finding.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	rows := make([][]Cell, 0, len(findings))
	for _, f := range findings {
		rows = append(rows, []Cell{severityCell(f.Severity), {Text: f.Place(), Whole: true}, {Text: f.Message + "\n→ " + o.spell(f.Remedy)}})
	}
	return Table(out, o, []string{"SEVERITY", "WHERE", "WHAT AND WHAT TO DO"}, rows)
}

func severityCell(s finding.Severity) Cell {
	if s == finding.Error {
		return Cell{Text: string(s), State: status.Failed, Whole: true}
	}
	return Cell{Text: string(s), State: status.Starting, Whole: true}
}

// FindingAnnotation is GitHub's annotation of a finding at its line; file is as
// GitHub knows it.
func FindingAnnotation(file string, f finding.Finding) string {
	text := f.Message
	if f.Remedy != "" {
		text += "\n→ " + f.Remedy
	}
	return annotation(string(f.Severity), location{file: file, line: f.Line}, f.Code, text)
}
