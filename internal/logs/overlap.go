package logs

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"
)

// Overlap recognises lines that were seen before, when a log is read again
// from a little before where the last reading ended. It holds eight bytes for each line
// of that time, and no more than mostSeen lines, of whatever time they are.
type Overlap struct {
	last   time.Time
	seen   []span // those that a further reading may meet
	lines  int    // in seen
	forgot int64  // the last span that was too many
}

// span is what was seen of a short time.
type span struct {
	time int64 // in units of spanOf since 1970
	sums []uint64
}

const spanOf = 20 * time.Millisecond

// mostSeen is what a service writes in a second that is busier than most; one that writes
// more is read again from less than Back before its last line.
const mostSeen = 1 << 16

// Back is how far before the last line a log is read again: its two streams
// are stored in an order that may differ from that of their time stamps.
const Back = time.Second

// See notes a line that was read.
func (o *Overlap) See(line Line) {
	if line.Time.After(o.last) {
		o.last = line.Time
	}
	at := line.Time.UnixNano() / int64(spanOf)
	for i := len(o.seen) - 1; i >= 0; i-- {
		if o.seen[i].time == at {
			o.seen[i].sums = append(o.seen[i].sums, sumOf(line))
			o.lines++
			return
		}
	}
	if at > o.forgot {
		o.begin(at, sumOf(line))
	}
}

// begin begins a span with its first line, and forgets those that are too old or too many.
func (o *Overlap) begin(at int64, sum uint64) {
	o.seen = append(o.seen, span{at, []uint64{sum}})
	o.lines++
	slices.SortFunc(o.seen, func(a, b span) int { return cmp.Compare(a.time, b.time) })
	oldest := o.last.Add(-Back).UnixNano() / int64(spanOf)
	for len(o.seen) > 1 && (o.seen[0].time < oldest || o.lines > mostSeen) {
		o.forgot = max(o.forgot, o.seen[0].time)
		o.lines -= len(o.seen[0].sums)
		o.seen = slices.Delete(o.seen, 0, 1)
	}
}

// Since is where to begin to read again, all from there on was seen; zero where nothing was.
func (o *Overlap) Since() time.Time {
	if o.last.IsZero() {
		return o.last
	}
	back, from := o.last.Add(-Back), time.Unix(0, (o.forgot+1)*int64(spanOf))
	if back.After(from) {
		return back
	}
	return from
}

// Last is the time of the last line that was seen.
func (o *Overlap) Last() time.Time { return o.last }

// Again returns what tells the old lines of a further reading: those that were
// seen before, as often as they were, and those stored before the first of
// them, which the first reading left out.
func (o *Overlap) Again() func(Line) bool {
	var all []uint64
	for _, s := range o.seen {
		all = append(all, s.sums...)
	}
	slices.Sort(all)
	sums, left := all[:0], make([]uint32, 0, len(all)) // each once, and how often it was seen
	for _, sum := range all {
		if n := len(sums); n > 0 && sums[n-1] == sum {
			left[n-1]++
			continue
		}
		sums, left = append(sums, sum), append(left, 1)
	}
	last, met := o.last, len(sums) == 0
	return func(line Line) bool {
		if i, found := slices.BinarySearch(sums, sumOf(line)); found && left[i] > 0 {
			left[i]--
			met = true
			return true
		}
		return !met && !line.Time.After(last.Add(Back))
	}
}

var seed = maphash.MakeSeed()

// sumOf is of a line's moment, stream and text.
func sumOf(l Line) uint64 {
	var stream uint64
	if l.Stderr {
		stream = 1
	}
	return maphash.String(seed, l.Text) ^ (uint64(l.Time.UnixNano())<<1|stream)*0x9e3779b97f4a7c15 // which spreads near numbers
}
