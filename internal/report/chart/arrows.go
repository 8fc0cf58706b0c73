package chart

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/timeline"
)

// arrows are those of the dependencies that services waited for in this run.
func (c chart) arrows(t timeline.Timeline, all []strip) []chartArrow {
	index := map[string]int{}
	for i, s := range all {
		if s.service {
			index[s.name] = i
		}
	}
	var list []chartArrow
	for _, s := range t.Services {
		if s.StartedMS == nil {
			continue
		}
		for _, d := range s.DependsOn {
			from, known := index[d.Service]
			if !known || all[from].state == timeline.Skipped {
				continue
			}
			last := d.Service == s.WaitedFor
			list = append(list, chartArrow{Path: c.path(t, all, from, index[s.Name], d.Condition), Last: last,
				Critical: last && follows(t, d.Service, s.Name)})
		}
	}
	return list
}

// follows: the critical path goes straight from one service to the other.
func follows(t timeline.Timeline, from, to string) bool {
	for i := 1; i < len(t.Legs); i++ {
		x, y := t.Legs[i-1], t.Legs[i]
		if x.Service && y.Service && x.Name == from && y.Name == to {
			return true
		}
	}
	return false
}

// path is a curve from where the condition held down (or up) to the start
// call.
func (c chart) path(t timeline.Timeline, all []strip, from, to int, condition string) string {
	held := all[from].end()
	if condition == "service_started" {
		held = max(all[from].call.to, all[from].work.from)
	}
	x1, y1 := c.x(held, t)-1, middle(from)
	x2, y2 := c.x(all[to].begin(), t)+3, middle(to)
	half := float64(barHeight) / 2
	if y2 < y1 {
		half = -half
	}
	y1, y2 = y1+half, y2-half
	mid := (y1 + y2) / 2
	return fmt.Sprintf("M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f", x1, y1, x1, mid, x2, mid, x2, y2)
}

// middle is the height of the i-th row's middle.
func middle(i int) float64 { return float64(chartTop+i*rowHeight) + rowHeight/2 }
