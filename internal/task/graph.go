package task

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Graph is a valid set of tasks in an order in which they could run: what is needed
// comes first, else they stand as they were defined.
type Graph struct {
	tasks []Task
	index map[string]int
}

// New checks tasks and puts them in order. Its error names every mistake, with exit
// code 2; nothing has run then.
func New(tasks []Task) (*Graph, error) {
	c := check{index: make(map[string]int, len(tasks))}
	for i, t := range tasks {
		if _, twice := c.index[t.Name]; twice {
			c.wrong("task %q is defined twice: give one of them another name", t.Name)
			continue
		}
		c.index[t.Name] = i
	}
	for _, t := range tasks {
		c.task(t)
	}
	c.outputs(tasks)
	order := c.order(tasks)
	if len(c.mistakes) > 0 {
		e := failure.New(failure.Usage, "%s", c.mistakes[0])
		return nil, e.WithDetails(c.mistakes[1:]...)
	}
	g := &Graph{tasks: make([]Task, 0, len(tasks)), index: make(map[string]int, len(tasks))}
	for _, i := range order {
		t := tasks[i]
		t.Needs = unique(t.Needs)
		g.index[t.Name] = len(g.tasks)
		g.tasks = append(g.tasks, t)
	}
	return g, nil
}

// Tasks are those of the graph in their order.
func (g *Graph) Tasks() []Task { return slices.Clone(g.tasks) }

// Find is the task of a name.
func (g *Graph) Find(name string) (Task, bool) {
	i, ok := g.index[name]
	if !ok {
		return Task{}, false
	}
	return g.tasks[i], true
}

// Only narrows the graph to the named tasks and all that they need. An unknown name is
// a mistake of the call.
func (g *Graph) Only(names ...string) (*Graph, error) {
	keep := make([]bool, len(g.tasks))
	var mark func(i int)
	mark = func(i int) {
		if keep[i] {
			return
		}
		keep[i] = true
		for _, n := range g.tasks[i].Needs {
			mark(g.index[n])
		}
	}
	for _, name := range names {
		i, ok := g.index[name]
		if !ok {
			return nil, g.unknown(name)
		}
		mark(i)
	}
	return g.filter(func(i int) bool { return keep[i] }), nil
}

// Without leaves out the tasks that drop names, and the needs that named them.
func (g *Graph) Without(drop func(Task) bool) *Graph {
	return g.filter(func(i int) bool { return !drop(g.tasks[i]) })
}

func (g *Graph) filter(keep func(i int) bool) *Graph {
	out := &Graph{tasks: make([]Task, 0, len(g.tasks)), index: make(map[string]int, len(g.tasks))}
	for i, t := range g.tasks {
		if !keep(i) {
			continue
		}
		t.Needs = slices.DeleteFunc(slices.Clone(t.Needs), func(n string) bool { _, in := out.index[n]; return !in })
		out.index[t.Name] = len(out.tasks)
		out.tasks = append(out.tasks, t)
	}
	return out
}

func (g *Graph) unknown(name string) error {
	e := failure.New(failure.Usage, "no task %q", name)
	if near := failure.Nearest(name, g.names()); near != "" {
		return e.WithHint("did you mean %s? All of them: mage task:list", near)
	}
	return e.WithHint("all of them: mage task:list")
}

func (g *Graph) names() (names []string) {
	for _, t := range g.tasks {
		names = append(names, t.Name)
	}
	return names
}

// check collects mistakes.
type check struct {
	index    map[string]int
	mistakes []string
}

func (c *check) wrong(format string, args ...any) {
	c.mistakes = append(c.mistakes, fmt.Sprintf(format, args...))
}

func (c *check) task(t Task) {
	if t.Name == "" || strings.ContainsAny(t.Name, ", \t\n=") || strings.HasPrefix(t.Name, "-") {
		c.wrong("%q is no name of a task: it is empty, begins with -, or has a comma, a blank or =", t.Name)
	}
	if len(t.Steps) == 0 && len(t.Needs) == 0 {
		c.wrong("task %q has no command: give it task.Run, task.Func or task.Needs", t.Name)
	}
	for _, s := range t.Steps {
		if s.Func == nil && (len(s.Argv) == 0 || s.Argv[0] == "") {
			c.wrong("task %q has a command without a program", t.Name)
		}
	}
	for _, n := range t.Needs {
		if _, ok := c.index[n]; ok {
			continue
		}
		names := make([]string, 0, len(c.index))
		for name := range c.index {
			names = append(names, name)
		}
		slices.Sort(names)
		text := fmt.Sprintf("task %q needs %q, which is not defined", t.Name, n)
		if near := failure.Nearest(n, names); near != "" {
			text += ": did you mean " + near + "?"
		}
		c.wrong("%s", text)
	}
	c.patterns(t)
	for _, pair := range t.Set {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" {
			c.wrong("task %q sets %q, which is not KEY=value", t.Name, pair)
		}
	}
	if t.Timeout < 0 {
		c.wrong("task %q has a negative timeout", t.Name)
	}
}

// patterns stay in the repository: what is elsewhere nobody keeps or puts back.
func (c *check) patterns(t Task) {
	for _, p := range slices.Concat(t.Inputs, t.Outputs) {
		plain := strings.TrimPrefix(p, "!")
		if !doublestar.ValidatePattern(plain) {
			c.wrong("task %q has the pattern %q, which cannot be read: each [ and { in it has to have its end", t.Name, p)
		} else if plain == "" || strings.HasPrefix(plain, "/") || leaves(plain) {
			c.wrong("task %q has the pattern %q: it has to be one of a path below the repository's root", t.Name, p)
		}
	}
	if strings.HasPrefix(t.Dir, "/") || leaves(t.Dir) {
		c.wrong("task %q has the directory %q, which is not below the repository's root", t.Name, t.Dir)
	}
}

// leaves says that a path goes up.
func leaves(path string) bool {
	return strings.Contains(path, "..") && slices.Contains(strings.Split(path, "/"), "..")
}

// order is a topological one that keeps the tasks' own; a cycle is a mistake.
func (c *check) order(tasks []Task) (order []int) {
	const busy, done = 1, 2
	state := make([]int8, len(tasks))
	var path []string
	var visit func(i int)
	visit = func(i int) {
		switch state[i] {
		case done:
			return
		case busy:
			at := slices.Index(path, tasks[i].Name)
			c.wrong("tasks need each other: %s: take one of these task.Needs out of the magefile", strings.Join(append(slices.Clone(path[at:]), tasks[i].Name), " → "))
			return
		}
		state[i], path = busy, append(path, tasks[i].Name)
		for _, n := range tasks[i].Needs {
			if j, ok := c.index[n]; ok {
				visit(j)
			}
		}
		state[i], path = done, path[:len(path)-1]
		order = append(order, i)
	}
	for i := range tasks {
		visit(i)
	}
	return order
}

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
