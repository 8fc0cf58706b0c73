package logs_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/logs"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// stored draws the log of a source as an engine stores it: two streams, each
// in order, whose time stamps may overlap by a little.
func stored(t *rapid.T, source string) []logs.Line {
	var list []logs.Line
	at := 0
	for i := range rapid.IntRange(0, 40).Draw(t, "lines of "+source) {
		at += rapid.IntRange(0, 400).Draw(t, "ms")
		jitter := rapid.IntRange(0, 3).Draw(t, "jitter")
		list = append(list, logs.Line{Source: source, Time: start.Add(time.Duration(at-jitter) * time.Millisecond),
			Text: fmt.Sprint(i), Stderr: rapid.Bool().Draw(t, "stderr")})
	}
	return list
}

func TestMergeIsOrderedLosesNothingAndKeepsTiesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := stored(t, "a"), stored(t, "b"), stored(t, "c")
		merged := logs.Merge(a, b, c)
		if len(merged) != len(a)+len(b)+len(c) {
			t.Fatalf("%d lines of %d", len(merged), len(a)+len(b)+len(c))
		}
		if !slices.IsSortedFunc(merged, func(x, y logs.Line) int { return x.Time.Compare(y.Time) }) {
			t.Fatalf("not in order: %v", merged)
		}
		for _, list := range [][]logs.Line{a, b, c} {
			want := logs.Merge(list)
			got := slices.DeleteFunc(slices.Clone(merged), func(l logs.Line) bool { return len(list) == 0 || l.Source != list[0].Source })
			if len(list) > 0 && !slices.Equal(got, want) {
				t.Fatalf("one source alone\ngot  %v\nwant %v", got, want)
			}
		}
	})
}

// A log is read up to a point, limited to its last lines, then again from what
// Since says. Together that must be the tail and all that was stored later,
// each once.
func TestReadingOnRepeatsNothingAndLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := stored(t, "a")
		until := rapid.IntRange(0, len(all)).Draw(t, "read until")
		from := max(0, until-rapid.IntRange(1, 40).Draw(t, "tail"))
		var o logs.Overlap
		got := slices.Clone(all[from:until])
		for _, line := range got {
			o.See(line)
		}
		again, since := o.Again(), o.Since()
		for _, line := range all {
			if !line.Time.Before(since) && !again(line) {
				got = append(got, line)
			}
		}
		if !slices.Equal(got, all[from:]) {
			t.Fatalf("tail of %d\ngot  %v\nwant %v", until-from, got, all[from:])
		}
	})
}

// What is remembered of a very busy second is bounded: it is read again from later on.
func TestABusySecondIsReadAgainInPart(t *testing.T) {
	var o logs.Overlap
	begin := time.Unix(1_800_000_000, 0)
	all := make([]logs.Line, 200_000) // in a second
	for i := range all {
		all[i] = logs.Line{Text: strconv.Itoa(i % 1000), Time: begin.Add(time.Duration(i) * 5 * time.Microsecond)}
		o.See(all[i])
	}
	again, since := o.Again(), o.Since()
	if back := o.Last().Sub(since); back > logs.Back/2 || back < logs.Back/8 {
		t.Errorf("it is read again from %s before the last line", back)
	}
	for _, line := range all {
		if !line.Time.Before(since) && !again(line) {
			t.Fatalf("%s of %s is taken for new", line.Text, line.Time)
		}
	}
	if next := (logs.Line{Text: "1", Time: o.Last().Add(time.Microsecond)}); again(next) {
		t.Error("a new line is taken for an old one")
	}
}

func TestLastKeepsTheLastLines(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 3, 500} {
		last := logs.NewLast(n)
		for i := range 300 {
			last.Add(logs.Line{Text: fmt.Sprint(i)})
		}
		want := min(300, n)
		if n < 0 {
			want = 300
		}
		if got := last.Lines(); len(got) != want || (want > 0 && got[want-1].Text != "299") {
			t.Errorf("last %d: %d lines, want %d", n, len(got), want)
		}
	}
}
