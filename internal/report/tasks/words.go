package tasks

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// sentence is how a task ended: "failed after 3.2s: exit code 1".
func sentence(r task.Result, explain bool) string {
	text := string(r.Outcome)
	switch r.Outcome {
	case task.Passed, task.Failed, task.Canceled:
		text += " after " + report.Took(r.Took)
	}
	if d := detail(r, explain); d != "" {
		text += ": " + d
	}
	return text
}

// detail is why a task ended as it did.
func detail(r task.Result, explain bool) string {
	switch {
	case r.Outcome == task.Failed && r.Err != nil:
		return firstLine(r.Err.Error())
	case r.Outcome == task.Skipped:
		return r.Cause + " failed"
	case r.Cause != "":
		return r.Cause
	case explain:
		return r.Reason
	}
	return ""
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return report.Clean(text)
}

func toneOf(o task.Outcome) report.Tone {
	switch o {
	case task.Passed:
		return report.Good
	case task.Cached:
		return report.Faint
	case task.Failed:
		return report.Bad
	}
	return report.Warn
}

func markOf(o task.Outcome) string {
	switch o {
	case task.Passed:
		return "✔"
	case task.Cached:
		return "="
	case task.Failed:
		return "✖"
	}
	return "–"
}
