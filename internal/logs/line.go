// Package logs puts the lines of many containers in one order and prints them
// with a prefix that says whose they are. It imports nothing of Spellbook and
// knows no engine; but for Window, which takes its time from a clock, it is
// pure.
package logs

import (
	"cmp"
	"slices"
	"time"
)

// Line is one line of one source, without its line end.
type Line struct {
	Source string // what the prefix says: a service, or one replica of it
	Time   time.Time
	Text   string
	Stderr bool
}

// Merge is all lines by time. Lines of one moment keep the order of their
// lists, and within a list their own.
func Merge(lists ...[]Line) []Line {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, earlier)
	return all
}

func earlier(a, b Line) int { return a.Time.Compare(b.Time) }

// Last keeps the last n lines added, all of them where n is negative.
type Last struct {
	n     int
	lines []Line
}

// NewLast is an empty Last.
func NewLast(n int) *Last { return &Last{n: n} }

// Add adds a line. Dropping happens in halves, so that it costs little.
func (l *Last) Add(line Line) {
	l.lines = append(l.lines, line)
	if l.n >= 0 && len(l.lines) > 2*l.n+64 {
		l.lines = slices.Clone(l.Lines())
	}
}

// Lines are the lines kept, oldest first.
func (l *Last) Lines() []Line {
	if l.n < 0 {
		return l.lines
	}
	return l.lines[max(0, len(l.lines)-l.n):]
}

// sortBySource is for printing in an order that does not change.
func sortBySource(a, b Line) int { return cmp.Or(earlier(a, b), cmp.Compare(a.Source, b.Source)) }
