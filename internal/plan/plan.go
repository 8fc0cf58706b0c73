// Package plan is the vocabulary of change: a Plan is a value that says what
// will be done, in which order and why. It prints, it is what -dry shows and
// what tests assert. It imports nothing of Spellbook and has no side effect.
package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ID names a step, stable and readable: "start service postgres".
type ID string

// Place is where a step runs: "" is the engine in use, otherwise a server.
type Place string

// Step is one thing a Plan does, and why. Steps with no path between them may
// run at once.
type Step struct {
	ID      ID
	Service string // the service it is about; empty for the whole project
	After   []Edge // what must have ended before
	Place   Place
	Action  Action
	Cause   string // why: "no container", "image changed", "requested"
	// Optional steps may fail without stopping the rest of the run (a service
	// that is only ever depended on with required: false).
	Optional bool
}

// Edge is one arrow into a step.
type Edge struct {
	ID ID
	// Condition is the Compose condition the arrow stands for, empty where it
	// is merely an order.
	Condition string
	// Soft arrows wait for the end of the other step whatever its outcome.
	Soft bool
}

// Plan is an acyclic list of steps; every Edge names a step of the same plan.
type Plan struct {
	Project string
	Steps   []Step
}

// Add appends a step.
func (p *Plan) Add(s Step) { p.Steps = append(p.Steps, s) }

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// Needs is a hard arrow to id.
func Needs(id ID) Edge { return Edge{ID: id} }

// String is the text of -dry and of golden tests, a line a step.
func (p *Plan) String() string {
	if p.Empty() {
		return "nothing to do\n"
	}
	number := p.numbers()
	width, digits := p.width(), len(strconv.Itoa(len(p.Steps)))
	var b strings.Builder
	for i, s := range p.Steps {
		line := fmt.Sprintf("%-*s %-*s  %-18s%s", digits+2, "["+strconv.Itoa(i+1)+"]", width, s.title(), s.Cause, after(s, number))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (s Step) title() string {
	if d := s.Action.Describe(); d != "" {
		return fmt.Sprintf("%s (%s)", s.ID, d)
	}
	return string(s.ID)
}

func (p *Plan) numbers() map[ID]int {
	number := make(map[ID]int, len(p.Steps))
	for i, s := range p.Steps {
		number[s.ID] = i + 1
	}
	return number
}

func (p *Plan) width() int {
	width := 0
	for _, s := range p.Steps {
		width = max(width, len([]rune(s.title())))
	}
	return min(width, 64)
}

func after(s Step, number map[ID]int) string {
	if len(s.After) == 0 {
		return ""
	}
	parts := make([]string, 0, len(s.After))
	for _, e := range s.After {
		part := fmt.Sprintf("%d", number[e.ID])
		if e.Condition != "" {
			part += " " + strings.TrimPrefix(e.Condition, "service_")
		}
		if e.Soft {
			part += "?"
		}
		parts = append(parts, part)
	}
	return "  after " + strings.Join(parts, ", ")
}

// Validate reports a step without an action, a duplicate ID, an arrow to nowhere or a cycle.
func (p *Plan) Validate() error {
	index := make(map[ID]int, len(p.Steps))
	for i, s := range p.Steps {
		if s.Action == nil {
			return fmt.Errorf("step %q has no action", s.ID)
		}
		if _, dup := index[s.ID]; dup {
			return fmt.Errorf("step %q is there twice", s.ID)
		}
		index[s.ID] = i
	}
	waiting := make([]int, len(p.Steps))
	next := make([][]int, len(p.Steps))
	for i, s := range p.Steps {
		for _, e := range s.After {
			j, ok := index[e.ID]
			if !ok {
				return fmt.Errorf("step %q comes after unknown step %q", s.ID, e.ID)
			}
			next[j] = append(next[j], i)
			waiting[i]++
		}
	}
	return p.checkCycle(waiting, next)
}

// checkCycle removes steps nothing waits for until none is left (Kahn).
func (p *Plan) checkCycle(waiting []int, next [][]int) error {
	var free []int
	for i, n := range waiting {
		if n == 0 {
			free = append(free, i)
		}
	}
	done := 0
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		done++
		for _, j := range next[i] {
			if waiting[j]--; waiting[j] == 0 {
				free = append(free, j)
			}
		}
	}
	if done == len(p.Steps) {
		return nil
	}
	stuck := slices.IndexFunc(waiting, func(n int) bool { return n > 0 })
	return fmt.Errorf("steps wait for each other in a circle, %q among them", p.Steps[stuck].ID)
}
