package env

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/units"
)

// checkDocument is what env:check -json writes.
type checkDocument struct {
	Version     int               `json:"version"`
	Environment string            `json:"environment,omitempty"`
	File        string            `json:"file,omitempty"` // both of what was checked
	OK          bool              `json:"ok"`             // no errors
	Errors      int               `json:"errors"`
	Warnings    int               `json:"warnings"`
	Notes       []string          `json:"notes"`
	Findings    []finding.Finding `json:"findings"`
	Error       string            `json:"error,omitempty"` // why nothing was checked
	ExitCode    int               `json:"exit_code,omitempty"`
}

// document is what was found; spell writes commands as the user calls them.
func (c *checkResult) document(spell func(string) string) checkDocument {
	doc := checkDocument{Version: 1, Environment: c.environment.Name, File: c.environment.File,
		Errors: c.count(finding.Error), Warnings: c.count(finding.Warning),
		Notes: append([]string{}, c.notes...), Findings: append([]finding.Finding{}, c.findings...)}
	for i, f := range doc.Findings {
		doc.Findings[i].Remedy = spell(f.Remedy)
	}
	for i, note := range doc.Notes {
		doc.Notes[i] = spell(note)
	}
	doc.OK = doc.Errors == 0
	return doc
}

// show prints a row a finding, and how many there are.
func (c *checkResult) show(w *app.Run) error {
	for _, note := range c.notes {
		w.Tell("note: %s", note)
	}
	if err := findingTable(w, w.Format(false).Tables, c.findings); err != nil {
		return err
	}
	return w.Say("%s\n", c.summary())
}

func (c *checkResult) summary() string {
	errors, warnings := c.count(finding.Error), c.count(finding.Warning)
	if errors+warnings == 0 {
		return c.environment.File + " is fine"
	}
	return fmt.Sprintf("%s: %s, %s", c.environment.File, units.Plural(errors, "error"), units.Plural(warnings, "warning"))
}

// findingTable writes what is wrong: folded on a terminal, else as long as it is,
// and what is wrong with many variables once.
func findingTable(w *app.Run, o report.Options, findings []finding.Finding) error {
	if !w.OutTerminal {
		o.Width = app.Unwrapped
	}
	return report.FindingTable(w.Out, o, finding.Grouped(findings))
}

// place is file:line, or the file where there is no line.
func place(file string, line int) string {
	return strings.TrimSuffix(file+":"+strconv.Itoa(line), ":0")
}
