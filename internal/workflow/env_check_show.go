package workflow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/report"
)

// checkDocument is what env:check -json writes.
type checkDocument struct {
	Version     int               `json:"version"`
	Environment string            `json:"environment"`
	File        string            `json:"file"`
	OK          bool              `json:"ok"` // no errors
	Errors      int               `json:"errors"`
	Warnings    int               `json:"warnings"`
	Notes       []string          `json:"notes"`
	Findings    []environ.Finding `json:"findings"`
}

func (c *checked) document() checkDocument {
	doc := checkDocument{Version: 1, Environment: c.environment.Name, File: c.environment.File,
		Errors: c.count(environ.SeverityError), Warnings: c.count(environ.SeverityWarning),
		Notes: append([]string{}, c.notes...), Findings: append([]environ.Finding{}, c.findings...)}
	doc.OK = doc.Errors == 0
	return doc
}

// show prints a row a finding, and how many there are.
func (c *checked) show(w *Workflow) error {
	for _, note := range c.notes {
		_, _ = fmt.Fprintln(w.Err, "note:", note)
	}
	if err := findingTable(w, w.format(false).tables, c.findings); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.Out, c.summary())
	return err
}

func (c *checked) summary() string {
	errors, warnings := c.count(environ.SeverityError), c.count(environ.SeverityWarning)
	if errors+warnings == 0 {
		return c.environment.File + " is fine"
	}
	return fmt.Sprintf("%s: %s, %s", c.environment.File, plural(errors, "error"), plural(warnings, "warning"))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// findingTable writes what and what to do below each other: folded on a
// terminal, else as long as they are.
func findingTable(w *Workflow, o report.Options, findings []environ.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	width := unfolded
	if w.OutTerminal {
		width = o.Width
	}
	o.Width = width
	where := 0
	for _, f := range findings {
		where = max(where, len(place(f.File, f.Line)))
	}
	rest := max(24, width-len("SEVERITY")-where-4)
	rows := make([][]report.Cell, 0, len(findings))
	for _, f := range findings {
		rows = append(rows, []report.Cell{severityCell(f.Severity), {Text: place(f.File, f.Line), Whole: true},
			{Text: report.Fold(f.Message, rest) + "\n" + report.Fold("→ "+f.Remedy, rest)}})
	}
	return report.Table(w.Out, o, []string{"SEVERITY", "WHERE", "WHAT AND WHAT TO DO"}, rows)
}

func severityCell(s environ.Severity) report.Cell {
	if s == environ.SeverityError {
		return report.Cell{Text: string(s), State: report.Failed, Whole: true}
	}
	return report.Cell{Text: string(s), State: report.Starting, Whole: true}
}

// place is file:line, or the file where there is no line.
func place(file string, line int) string {
	return strings.TrimSuffix(file+":"+strconv.Itoa(line), ":0")
}
