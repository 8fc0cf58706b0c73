package report

import (
	"fmt"
	"strings"
)

// location is what an annotation is about; without a file it is about the run.
type location struct {
	file       string
	line, last int // from 1; 0 where there is none
}

// annotation is a line of GitHub's workflow commands. Source:
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func annotation(level string, at location, title, text string) string {
	properties := ""
	if at.file != "" {
		properties += "file=" + escapeProperty(at.file) + ","
		if at.line > 0 {
			properties += fmt.Sprintf("line=%d,", at.line)
		}
		if at.line > 0 && at.last > at.line {
			properties += fmt.Sprintf("endLine=%d,", at.last)
		}
	}
	return harmless(fmt.Sprintf("::%s %stitle=%s::%s\n", level, properties, escapeProperty(title), escapeData(text)))
}

// GroupStart is the command that opens a group, which GitHub folds.
func GroupStart(title string) string {
	return harmless("::group::" + escapeData(Clean(title)) + "\n")
}

// GroupEnd is the command that closes it.
const GroupEnd = "::endgroup::\n"

// ErrorCommand is the command that annotates a run, not a file, with an error.
func ErrorCommand(title, text string) string { return annotation("error", location{}, title, text) }

// escapeData is the toolkit's escapeData, for what follows the second ::.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty is the toolkit's escapeProperty, for values before it.
func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeData(s))
}

// harmless breaks the old form of a command, which the runner finds anywhere
// in a line; the new one is found at a line's start only, where a stamp is.
func harmless(s string) string { return strings.ReplaceAll(s, "##[", "## [") }
