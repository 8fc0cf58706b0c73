package report

import (
	"fmt"
	"slices"
	"strings"
)

// pick chooses the items for room lines, in their order: first what failed and
// what is at work, then what waits, and last what is over. It says in words
// what it left out.
func pick(items []*item, room int) (shown []*item, rest string) {
	if len(items) <= room {
		return items, ""
	}
	chosen := map[*item]bool{}
	for _, lives := range [][]life{{broken, severed}, {active}, {pending}, {over, barred}} {
		for _, it := range items {
			if len(chosen) < room && slices.Contains(lives, it.life) {
				chosen[it] = true
			}
		}
	}
	left := map[life]int{}
	for _, it := range items {
		if chosen[it] {
			shown = append(shown, it)
		} else {
			left[it.life]++
		}
	}
	return shown, tally(left)
}

// tally counts: "9 ready, 12 waiting".
func tally(left map[life]int) string {
	var parts []string
	for _, l := range []struct {
		life life
		word string
	}{{over, "done"}, {active, "at work"}, {pending, "waiting"}, {broken, "failed"}, {severed, "not ready"}, {barred, "not started"}} {
		if n := left[l.life]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, l.word))
		}
	}
	return strings.Join(parts, ", ")
}
