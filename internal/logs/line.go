// Package logs puts the lines of many containers in one order and prints them
// with a prefix that says whose they are. It imports nothing of Spellbook and
// knows no engine; but for Window, which takes its time from a clock, it is
// pure.
package logs

import (
	"cmp"
	"hash/maphash"
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

// Overlap recognises lines that were seen before, when a log is read again
// from a little before where the last reading ended.
type Overlap struct {
	last  time.Time
	seen  []key // by arrival
	limit int   // of seen, at which it is tidied up
}

type key struct {
	at     int64
	stderr bool
	sum    uint64 // of the text
}

var seed = maphash.MakeSeed()

// Back is how far before the last line a log is read again: its two streams
// are stored in an order that may differ from that of their time stamps.
const Back = time.Second

// See notes a line that was read.
func (o *Overlap) See(line Line) {
	if line.Time.After(o.last) {
		o.last = line.Time
	}
	o.seen = append(o.seen, keyOf(line))
	if len(o.seen) > o.limit {
		o.forget()
		o.limit = max(4096, 2*len(o.seen))
	}
}

// forget drops what a further reading cannot meet.
func (o *Overlap) forget() {
	from := o.Since().UnixNano()
	o.seen = slices.DeleteFunc(o.seen, func(k key) bool { return k.at < from })
}

// Since is where to begin to read again; zero where nothing was seen.
func (o *Overlap) Since() time.Time {
	if o.last.IsZero() {
		return o.last
	}
	return o.last.Add(-Back)
}

// Last is the time of the last line that was seen.
func (o *Overlap) Last() time.Time { return o.last }

// Again returns what tells the old lines of a further reading: those that were
// seen before, as often as they were, and those stored before the first of
// them, which the first reading left out.
func (o *Overlap) Again() func(Line) bool {
	o.forget()
	left := make(map[key]int, len(o.seen))
	for _, k := range o.seen {
		left[k]++
	}
	last, met := o.last, len(left) == 0
	return func(line Line) bool {
		k := keyOf(line)
		if left[k] > 0 {
			left[k]--
			met = true
			return true
		}
		return !met && !line.Time.After(last.Add(Back))
	}
}

func keyOf(l Line) key { return key{l.Time.UnixNano(), l.Stderr, maphash.String(seed, l.Text)} }

// sortBySource is for printing in an order that does not change.
func sortBySource(a, b Line) int { return cmp.Or(earlier(a, b), cmp.Compare(a.Source, b.Source)) }
