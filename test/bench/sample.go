package main

import (
	"fmt"
	"slices"
	"time"
)

// sample is what one thing took, once a round.
type sample []time.Duration

func (s sample) median() time.Duration { return median(s) }

// median is the middle one, or the mean of the two in the middle; 0 of none.
func median[T time.Duration | int64](of []T) T {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

func (s sample) min() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return slices.Min(s)
}

func (s sample) max() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// ratio is how many times a is b, by their medians; 0 where b is nothing.
func ratio(a, b sample) float64 {
	if b.median() == 0 {
		return 0
	}
	return float64(a.median()) / float64(b.median())
}

// brief is a duration with three digits that matter: 61.2 s, 72.3 ms, 512 µs.
func brief(d time.Duration) string {
	switch {
	case d == 0:
		return "0 ms"
	case d < 0:
		return "-" + brief(-d)
	case d >= time.Second:
		return digits(d.Seconds()) + " s"
	case d >= time.Millisecond:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return digits(float64(d)/float64(time.Microsecond)) + " µs"
}

func digits(n float64) string {
	switch {
	case n >= 99.95:
		return fmt.Sprintf("%.0f", n)
	case n >= 9.995:
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.2f", n)
}
