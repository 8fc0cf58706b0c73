package chart

import (
	"time"
)

// tick is a mark on a time axis.
type tick struct {
	ms   int64
	text string
}

// ticks are the round moments from 0 to total, at most n and the 0.
func ticks(total int64, n int) []tick {
	step := tickStep(total, max(1, n))
	var list []tick
	for ms := int64(0); ms <= total; ms += step {
		list = append(list, tick{ms, tickText(ms)})
	}
	return list
}

// tickStep is the smallest round step that needs no more than n of them.
func tickStep(total int64, n int) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, step := range []int64{1, 2, 5} {
			if step *= unit; step >= 10_000 {
				return minuteStep(total, n)
			} else if total/step <= int64(n) {
				return step
			}
		}
	}
}

// minuteStep is tickStep where seconds are counted to sixty.
func minuteStep(total int64, n int) int64 {
	for _, s := range []int64{10, 15, 30, 60, 120, 300, 600, 900, 1800} {
		if total/(s*1000) <= int64(n) {
			return s * 1000
		}
	}
	step := int64(3_600_000)
	for total/step > int64(n) {
		step *= 2
	}
	return step
}

func tickText(ms int64) string {
	if ms == 0 {
		return "0"
	}
	return (time.Duration(ms) * time.Millisecond).String()
}
