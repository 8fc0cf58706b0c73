package engine

import (
	"slices"
)

// lane is a queue of steps for a limited number of places.
type lane struct {
	free  int
	queue []int // indices of the plan, sorted
}

func (l *lane) add(i int) {
	at, _ := slices.BinarySearch(l.queue, i)
	l.queue = slices.Insert(l.queue, at, i)
}

// next takes the first in the order of the plan.
func (l *lane) next() int {
	i := l.queue[0]
	l.queue = l.queue[1:]
	return i
}
