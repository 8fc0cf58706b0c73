package cache

import (
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

// look is what was found of a task before it ran.
type look struct {
	task   *task.Task
	facts  facts
	key    string // "" where it is not cached
	needed []task.Needed
	env    []string
	// When it was its turn to write; from is zero where it has written nothing, and to
	// until it has ended.
	from, to time.Time
}

func (c *Cache) note(l look) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked[l.task.Name] = l
}

// ended is the end of a task's turn, also of one that failed: what is written later among its
// outputs is another's.
func (c *Cache) ended(name string) {
	if l := c.known(name); !l.from.IsZero() && l.to.IsZero() {
		l.to = c.Now()
		c.note(l)
	}
}

func (c *Cache) known(name string) look {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.looked[name]
	if l.task == nil { // its turn ended before that
		l.task = &task.Task{Name: name}
	}
	return l
}
