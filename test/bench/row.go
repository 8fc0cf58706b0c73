package main

import (
	"fmt"
	"time"
)

// row is one comparison: what was run, and what must be true of it.
type row struct {
	title  string
	sides  []side // the first is ours
	bounds []bound
	notes  []string // sentences below the table
	table  string   // a table of its own below the notes, in Markdown
}

// side is one thing that was measured.
type side struct {
	name    string
	command string // exactly as it was run; for what runs in process, the call
	took    sample
	cpu     sample  // user and system time of the process and its children
	peak    []int64 // resident memory, in bytes
}

func (s *side) add(o outcome) {
	s.took = append(s.took, o.took)
	if o.cpu > 0 { // not known of what runs in this process
		s.cpu, s.peak = append(s.cpu, o.cpu), append(s.peak, o.peak)
	}
}

// bound is what must hold.
type bound struct {
	text  string // "at least 5 times faster"
	got   string // "6.7 times"
	holds bool
}

// faster: ours must be n times as fast as theirs, by the medians.
func faster(ours, theirs side, n float64) bound {
	got := ratio(theirs.took, ours.took)
	text := fmt.Sprintf("at least %g times faster", n)
	if n == 1 {
		text = "faster"
	}
	return bound{text: text, got: digits(got) + " times", holds: got >= n}
}

// share: ours must take at most a part of their time, by the medians.
func share(ours, theirs side, part float64) bound {
	got := ratio(ours.took, theirs.took)
	return bound{text: fmt.Sprintf("at most %.2f of its time", part), got: fmt.Sprintf("%.2f", got), holds: got <= part}
}

// under: a median must stay below a limit.
func under(what string, got, limit time.Duration) bound {
	return bound{text: fmt.Sprintf("%s at most %s", what, brief(limit)), got: brief(got), holds: got <= limit}
}

// failures are the bounds that do not hold.
func failures(rows []row) []string {
	var broken []string
	for _, r := range rows {
		for _, b := range r.bounds {
			if !b.holds {
				broken = append(broken, fmt.Sprintf("%s: %s (it is %s)", r.title, b.text, b.got))
			}
		}
	}
	return broken
}
