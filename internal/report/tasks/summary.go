package tasks

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/junit"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Summary is what a run came to.
type Summary struct {
	Title   string
	Began   time.Time
	Took    time.Duration
	Tasks   []Task
	Explain bool
	Brief   bool // the table has no tasks that are cached and have nothing to say
}

// Task is one task, and what its output told.
type Task struct {
	task.Result
	Read outputs.Result
	Said []string // the last lines of one that failed and named no place
}

// mostFindings are listed of each task; the whole is in the JSON document.
const mostFindings = 20

// Table writes a row a task, what is wrong where, and what the cache has to tell.
func (s Summary) Table(w io.Writer, o report.Options) error {
	var rows [][]report.Cell
	for _, t := range s.Tasks {
		if !s.Brief || t.Outcome != task.Cached || t.Output != "" {
			rows = append(rows, s.row(t))
		}
	}
	rows = append(rows, []report.Cell{{Text: "total"}, {}, {Text: report.Took(s.Took)}, {Text: s.counts()}})
	if err := report.Table(w, o, []string{"TASK", "RESULT", "TOOK", "DETAIL"}, rows); err != nil {
		return err
	}
	var b strings.Builder
	for _, t := range s.Tasks {
		if t.Outcome == task.Failed && o.Mode != report.GitHub { // which has annotations
			t.list(&b, "\n%s: %s: %s")
		}
		for _, warning := range t.Warnings {
			fmt.Fprintf(&b, "\nwarning: %s: %s", t.Task, report.Clean(warning))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

func (s Summary) row(t Task) []report.Cell {
	state, took := status.State(""), ""
	switch t.Outcome {
	case task.Passed:
		state = status.Ready
	case task.Failed:
		state = status.Failed
	case task.Skipped, task.Canceled, task.NotRun:
		state = status.Starting
	}
	if !t.Began.IsZero() {
		took = report.Took(t.Took)
	}
	return []report.Cell{{Text: t.Task, Whole: true}, {Text: string(t.Outcome), State: state, Whole: true}, {Text: took}, {Text: detail(t.Result, s.Explain)}}
}

// list writes the errors of a task, each in a form of task, place and message.
func (t Task) list(b *strings.Builder, form string) {
	n := 0
	for _, f := range t.Read.Findings {
		if f.Severity != finding.Error {
			continue
		}
		if n++; n <= mostFindings {
			fmt.Fprintf(b, form, t.Task, f.Place(), report.Clean(outputs.Text(f)))
		}
	}
	if n > mostFindings {
		fmt.Fprintf(b, form, t.Task, "…", fmt.Sprintf("and %d more", n-mostFindings))
	}
}

// said is the last of what the task said.
func (t Task) said() string {
	var b strings.Builder
	for _, line := range t.Said {
		b.WriteString(clean(line) + "\n")
	}
	return b.String()
}

// counts is "3 passed, 2 cached, 1 failed".
func (s Summary) counts() string {
	if len(s.Tasks) == 0 {
		return "nothing to run"
	}
	var parts []string
	for _, outcome := range []task.Outcome{task.Failed, task.Passed, task.Cached, task.Skipped, task.Canceled, task.NotRun} {
		n := 0
		for _, t := range s.Tasks {
			if t.Outcome == outcome {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	return strings.Join(parts, ", ")
}

// Markdown is for GitHub's summary of a job.
func (s Summary) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s in %s\n", cell(s.Title), s.counts(), report.Took(s.Took))
	if len(s.Tasks) > 0 {
		b.WriteString("\n| task | result | took | |\n|---|---|---|---|\n")
	}
	for _, t := range s.Tasks {
		took := ""
		if !t.Began.IsZero() {
			took = report.Took(t.Took)
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s |\n", cell(t.Task), markOf(t.Outcome), t.Outcome, took, cell(detail(t.Result, s.Explain)))
	}
	for _, t := range s.Tasks {
		if t.Outcome == task.Failed && finding.HasErrors(t.Read.Findings) {
			fmt.Fprintf(&b, "\n**%s**\n\n", cell(t.Task))
			var list strings.Builder
			t.list(&list, "%[2]s\x00%[3]s\n")
			for line := range strings.Lines(list.String()) {
				place, message, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\x00")
				fmt.Fprintf(&b, "- `%s` %s\n", strings.ReplaceAll(place, "`", "'"), cell(message))
			}
		}
		if len(t.Said) > 0 {
			fmt.Fprintf(&b, "\n**%s**, the last it said\n\n<pre>\n%s</pre>\n", cell(t.Task), html.EscapeString(t.said()))
		}
		for _, warning := range t.Warnings {
			fmt.Fprintf(&b, "\n> %s: %s\n", cell(t.Task), cell(warning))
		}
	}
	return b.String()
}

// cell is a text that ends no cell and opens no tag.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "*", "\\*", "_", "\\_", "`", "\\`").Replace(report.Clean(text))
}

// JUnit is a suite a task: its tests where its output told of them, and the task
// itself where they do not say all.
func (s Summary) JUnit() (list []junit.Suite) {
	for _, t := range s.Tasks {
		list = append(list, t.junit())
	}
	return list
}

func (t Task) junit() junit.Suite {
	s := junit.Suite{Name: t.Task, Began: t.Began, Took: t.Took}
	failed := false
	for _, test := range t.Read.Tests {
		c := junit.Case{Class: test.Suite, Name: test.Name, Took: test.Took, File: test.File, Line: test.Line}
		if c.Name == "" {
			c.Name = "(could not be tested)"
		}
		switch test.Outcome {
		case outputs.Failed:
			failed = true
			c.Failure = &junit.Detail{Message: test.Message, Text: test.Output}
		case outputs.Skipped:
			c.Skipped = or(test.Message, "skipped")
		}
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) > 0 && (failed || t.Outcome.Good()) {
		return s
	}
	own := junit.Case{Class: t.Task, Name: t.Task, Took: t.Took}
	switch {
	case t.Outcome == task.Failed:
		if i := slices.IndexFunc(t.Read.Findings, func(f finding.Finding) bool { return f.Severity == finding.Error }); i >= 0 {
			own.File, own.Line = t.Read.Findings[i].File, t.Read.Findings[i].Line
		}
		var text strings.Builder
		t.list(&text, "%[2]s: %[3]s\n")
		text.WriteString(t.said())
		own.Failure = &junit.Detail{Message: sentence(t.Result, false), Text: text.String()}
	case t.Outcome == task.Canceled:
		own.Error = &junit.Detail{Message: sentence(t.Result, false)}
	case !t.Outcome.Good():
		own.Skipped = string(t.Outcome) + ": " + detail(t.Result, false)
	}
	s.Cases = append(s.Cases, own)
	return s
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
