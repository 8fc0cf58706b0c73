package tasks

import (
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Document is a run of tasks as JSON: what -json writes, and the record of the run.
type Document struct {
	Version  int            `json:"version"`
	Target   string         `json:"target"`
	OK       bool           `json:"ok"`
	Began    time.Time      `json:"began"`
	TookMS   int64          `json:"took_ms"`
	Tasks    []DocumentTask `json:"tasks"`
	Error    string         `json:"error,omitempty"`
	ExitCode int            `json:"exit_code"`
}

// DocumentTask is one task of it.
type DocumentTask struct {
	Name     string            `json:"name"`
	Outcome  task.Outcome      `json:"outcome"`
	Cause    string            `json:"cause,omitempty"`
	Error    string            `json:"error,omitempty"`
	Code     int               `json:"code,omitempty"`
	TookMS   int64             `json:"took_ms"`
	Reason   string            `json:"reason,omitempty"`
	Output   string            `json:"output,omitempty"`
	Warnings []string          `json:"warnings"`
	Tests    DocumentTests     `json:"tests"`
	Findings []finding.Finding `json:"findings"`
}

// DocumentTests counts the tests that a task's output told of.
type DocumentTests struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Document is the summary as JSON; the caller adds how the whole run ended.
func (s Summary) Document(target string) Document {
	d := Document{Version: 1, Target: target, OK: true, Began: s.Began.UTC(), TookMS: s.Took.Milliseconds()}
	for _, t := range s.Tasks {
		d.OK = d.OK && t.Outcome.Good()
		of := DocumentTask{Name: t.Task, Outcome: t.Outcome, Cause: t.Cause, Code: t.Code, TookMS: t.Took.Milliseconds(), Reason: t.Reason,
			Output: t.Output, Warnings: jsondoc.List(t.Warnings), Findings: jsondoc.List(t.Read.Findings)}
		if t.Err != nil {
			of.Error = firstLine(t.Err.Error())
		}
		for _, test := range t.Read.Tests {
			switch test.Outcome {
			case outputs.Passed:
				of.Tests.Passed++
			case outputs.Skipped:
				of.Tests.Skipped++
			default:
				of.Tests.Failed++
			}
		}
		d.Tasks = append(d.Tasks, of)
	}
	return d
}

// MarshalJSON writes lists that are empty as [], never as null.
func (d Document) MarshalJSON() ([]byte, error) {
	type document Document
	d.Tasks = jsondoc.List(d.Tasks)
	return jsondoc.Marshal(document(d))
}
