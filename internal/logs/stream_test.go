package logs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/logs"
)

// sent are the lists, each as a source that sends a few lines at once.
func sent(lists [][]logs.Line, atOnce int) []<-chan []logs.Line {
	sources := make([]<-chan []logs.Line, 0, len(lists))
	for _, list := range lists {
		source := make(chan []logs.Line)
		sources = append(sources, source)
		go func() {
			defer close(source)
			for chunk := range slices.Chunk(list, atOnce) {
				source <- chunk
			}
		}()
	}
	return sources
}

func streamed(ctx context.Context, t *rapid.T, lists [][]logs.Line, atOnce int) (got []logs.Line) {
	err := logs.Stream(ctx, sent(lists, atOnce), func(lines []logs.Line) error {
		got = append(got, lines...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAStreamIsTheMergeOfWhatIsRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lists := [][]logs.Line{stored(rt, "a"), stored(rt, "b"), stored(rt, "c")}
		got := streamed(t.Context(), rt, lists, rapid.IntRange(1, 7).Draw(rt, "at once"))
		if want := logs.Merge(lists...); !slices.Equal(got, want) {
			rt.Fatalf("got\n%v\nwant\n%v", got, want)
		}
	})
}

// A hundred thousand lines are more than it holds: it has handed many on before the
// source ends, and mends what is a little out of order.
func TestAStreamHoldsFewLinesAndMendsTheirOrder(t *testing.T) {
	const total = 100_000
	var list []logs.Line
	for i := range total {
		list = append(list, logs.Line{Source: "a", Time: start.Add(time.Duration(i^1) * time.Microsecond), Text: fmt.Sprint(i)})
	}
	most, taken := 0, 0
	var got []logs.Line
	err := logs.Stream(t.Context(), sent([][]logs.Line{list}, 500), func(lines []logs.Line) error {
		most, taken = max(most, len(lines)), taken+len(lines)
		got = append(got, lines...)
		return nil
	})
	if err != nil || taken != total || most > total/2 {
		t.Errorf("%v: %d lines, %d of them at once", err, taken, most)
	}
	if !slices.IsSortedFunc(got, func(a, b logs.Line) int { return a.Time.Compare(b.Time) }) {
		t.Error("not in order")
	}
}

func TestAnErrorOfTheOutputEndsTheStream(t *testing.T) {
	broken := errors.New("broken pipe")
	source := make(chan []logs.Line, 1)
	source <- []logs.Line{{Text: "x"}}
	close(source)
	if err := logs.Stream(t.Context(), []<-chan []logs.Line{source}, func([]logs.Line) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Lines that are shown long after they were written are so many behind, told now and
// then; those of another clock are not behind for that.
func TestHowManyLinesAreBehindIsTold(t *testing.T) {
	for _, c := range []struct {
		oneClock bool
		lateness time.Duration // constant
		pace     float64       // seconds that pass for a second of lines
		told     bool
	}{{true, 0, 1, false}, {true, 0, 1.5, true}, {false, time.Hour, 1, false}, {false, time.Hour, 1.5, true}, {true, time.Hour, 1, true}} {
		b := logs.Behind{OneClock: c.oneClock}
		times := 0
		for tick := range 200 { // 20 s of 20,000 lines a second
			written := start.Add(time.Duration(tick) * 100 * time.Millisecond)
			var lines []logs.Line
			for i := range 2000 {
				lines = append(lines, logs.Line{Time: written.Add(time.Duration(i) * 50 * time.Microsecond)})
			}
			now := start.Add(time.Duration(float64(tick+1)*c.pace*100)*time.Millisecond + c.lateness)
			n, by, told := b.Note(now, lines)
			if !told {
				continue
			}
			times++
			if want := by.Seconds() * 20_000; float64(n) < want*0.8 || float64(n) > want*1.2 {
				t.Errorf("%+v: %d lines are behind by %s, want about %.0f", c, n, by, want)
			}
		}
		if (times > 0) != c.told || times > 3 {
			t.Errorf("%+v: told %d times", c, times)
		}
	}
}
