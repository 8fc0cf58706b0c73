package chart

import (
	"testing"
)

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, total := range []int64{0, 1, 7, 99, 1_000, 11_330, 46_000, 300_000, 4_000_000, 90_000_000} {
		if got := ticks(total, 6); len(got) < 1 || len(got) > 7 {
			t.Errorf("%d ms has %d ticks: %v", total, len(got), got)
		}
	}
	if got := ticks(46_000, 6); got[1].text != "10s" {
		t.Errorf("46 s has %v", got)
	}
}
