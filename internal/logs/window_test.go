package logs_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/logs"
)

const delay = 50 * time.Millisecond

// arrival is a line that takes a while to arrive.
type arrival struct {
	line logs.Line
	late time.Duration
}

func TestLiveLinesThatAreLateByLessThanTheDelayComeOutInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		arrivals := drawArrivals(rt)
		var got []logs.Line
		synctest.Test(t, func(t *testing.T) {
			got = throughWindow(t, arrivals)
		})
		if len(got) != len(arrivals) {
			rt.Fatalf("%d lines of %d", len(got), len(arrivals))
		}
		if !slices.IsSortedFunc(got, func(a, b logs.Line) int { return a.Time.Compare(b.Time) }) {
			rt.Fatalf("not in order: %v", got)
		}
	})
}

func drawArrivals(t *rapid.T) []arrival {
	var list []arrival
	at := time.Duration(0)
	for range rapid.IntRange(0, 30).Draw(t, "lines") {
		at += time.Duration(rapid.IntRange(0, 60).Draw(t, "gap")) * time.Millisecond
		late := time.Duration(rapid.IntRange(0, 49).Draw(t, "late")) * time.Millisecond
		list = append(list, arrival{logs.Line{Time: start.Add(at)}, late})
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return a.line.Time.Add(a.late).Compare(b.line.Time.Add(b.late)) })
	return list
}

// throughWindow sends each line when it arrives.
func throughWindow(t *testing.T, arrivals []arrival) []logs.Line {
	in := make(chan []logs.Line)
	began := time.Now()
	go func() {
		defer close(in)
		for _, a := range arrivals {
			wait := time.NewTimer(a.line.Time.Add(a.late).Sub(start) - time.Since(began))
			<-wait.C
			in <- []logs.Line{a.line}
		}
	}()
	var got []logs.Line
	err := logs.Window(t.Context(), in, delay, func(lines []logs.Line) error {
		got = append(got, lines...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestALineIsHeldNoLongerThanTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan []logs.Line)
		began, shown := time.Now(), make(chan time.Duration, 1)
		go func() {
			_ = logs.Window(t.Context(), in, delay, func([]logs.Line) error { shown <- time.Since(began); return nil })
		}()
		in <- []logs.Line{{Text: "one"}}
		if took := <-shown; took != delay {
			t.Errorf("shown after %s", took)
		}
	})
}

func TestAnErrorOfTheOutputEndsTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan []logs.Line, 1)
		in <- []logs.Line{{Text: "one"}}
		broken := errors.New("broken pipe")
		if err := logs.Window(t.Context(), in, delay, func([]logs.Line) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}
