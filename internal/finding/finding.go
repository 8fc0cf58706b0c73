// Package finding is what a look at the user's files found to be wrong: one type
// for all who look, and for all who show it (internal/report). It is a leaf: it
// imports nothing of Spellbook.
package finding

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Severity is how bad a Finding is.
type Severity string

// The severities. With an error, the target that found it fails.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that is wrong. No finding tells the value of a secret.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // one word, or words with hyphens, of whoever looked
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"` // from 1; 0 where there is none
	Variable string   `json:"variable,omitempty"`
	Message  string   `json:"message"` // one line
	Remedy   string   `json:"remedy"`  // what to do, one line
}

// Place is file:line, or the file where there is no line.
func (f Finding) Place() string {
	return strings.TrimSuffix(f.File+":"+strconv.Itoa(f.Line), ":0")
}

// Sort sorts by file, line and code, and drops what is there twice.
func Sort(list []Finding) []Finding {
	slices.SortFunc(list, Compare)
	return slices.Compact(list)
}

// Compare orders by file, line and code.
func Compare(a, b Finding) int {
	return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.Code, b.Code),
		strings.Compare(a.Variable, b.Variable), strings.Compare(a.Message, b.Message))
}

// Count is how many of the findings are of a severity.
func Count(list []Finding, severity Severity) (n int) {
	for _, f := range list {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// HasErrors reports whether a finding is an error.
func HasErrors(list []Finding) bool { return Count(list, Error) > 0 }
