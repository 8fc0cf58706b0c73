package buildcontext

import (
	"sync"
	"sync/atomic"
)

// queue hands folders to workers, the latest first, until none is left and
// nobody is at work on one that could bring more, or until it is stopped.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	folders []*folder
	open    int // waiting or being worked on
	stopped atomic.Bool
	err     error // why it was stopped
}

func newQueue(first *folder) *queue {
	q := &queue{folders: []*folder{first}, open: 1}
	q.changed = sync.NewCond(&q.mu)
	return q
}

func (q *queue) add(f *folder) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.folders, q.open = append(q.folders, f), q.open+1
	q.changed.Signal()
}

// next waits for a folder; false says that there will be none.
func (q *queue) next() (*folder, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.folders) == 0 && q.open > 0 && !q.stopped.Load() {
		q.changed.Wait()
	}
	if len(q.folders) == 0 || q.stopped.Load() {
		return nil, false
	}
	last := len(q.folders) - 1
	f := q.folders[last]
	q.folders = q.folders[:last]
	return f, true
}

// done says that a folder from next brings no more.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open--; q.open == 0 {
		q.changed.Broadcast()
	}
}

// stop sends every worker home. The first reason stays.
func (q *queue) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.stopped.Swap(true) {
		q.err = err
	}
	q.changed.Broadcast()
}

// reason is why the queue was stopped, nil if it ran empty.
func (q *queue) reason() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}
