// Package task has the commands of tasks that a magefile has defined: task:list,
// task:graph and task:run. They compose internal/task and its cache with git, the engine
// and the reports, and decide nothing.
package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Document is the document of task:list -json and task:graph -json, with what is needed
// first.
type Document struct {
	Version  int            `json:"version"`
	Tasks    []DocumentTask `json:"tasks"`
	Error    string         `json:"error,omitempty"`
	ExitCode int            `json:"exit_code"`
}

// DocumentTask is one task of it.
type DocumentTask struct {
	Name    string   `json:"name"`
	Help    string   `json:"help,omitempty"`
	Needs   []string `json:"needs"`
	Inputs  []string `json:"inputs"`
	Outputs []string `json:"outputs"`
}

// MarshalJSON writes lists that are empty as [], never as null.
func (d Document) MarshalJSON() ([]byte, error) {
	type document Document
	d.Tasks = jsondoc.List(d.Tasks)
	return jsondoc.Marshal(document(d))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (t DocumentTask) MarshalJSON() ([]byte, error) {
	type document DocumentTask
	t.Needs, t.Inputs, t.Outputs = jsondoc.List(t.Needs), jsondoc.List(t.Inputs), jsondoc.List(t.Outputs)
	return jsondoc.Marshal(document(t))
}

// List shows what tasks there are.
func List(ctx context.Context, w *app.Run, tasks []task.Task, asJSON bool) error {
	return look(ctx, w, tasks, asJSON, func(w *app.Run, g *task.Graph) error {
		var rows [][]report.Cell
		for _, t := range g.Tasks() {
			if isStep(t) {
				continue
			}
			runs := "always"
			switch {
			case len(t.Steps) == 0:
				runs = "stands for what it needs"
			case len(t.Inputs) > 0:
				runs = "when its inputs change"
			}
			rows = append(rows, []report.Cell{{Text: t.Name, Whole: true}, {Text: t.Help}, {Text: runs}, {Text: strings.Join(t.Needs, ", ")}})
		}
		_, tables := w.Reports()
		return report.Table(w.Out, tables, []string{"TASK", "DOES", "RUNS", "NEEDS"}, rows)
	})
}

// Graph draws below each task that no other needs the tasks that it needs.
func Graph(ctx context.Context, w *app.Run, tasks []task.Task, asJSON bool) error {
	return look(ctx, w, tasks, asJSON, func(w *app.Run, g *task.Graph) error {
		needed := map[string]bool{}
		for _, t := range g.Tasks() {
			for _, n := range t.Needs {
				needed[n] = true
			}
		}
		d := drawing{graph: g, drawn: map[string]bool{}}
		for _, t := range g.Tasks() {
			if !needed[t.Name] {
				d.line("", t)
				d.needs("", t)
			}
		}
		_, err := io.WriteString(w.Out, d.text.String())
		return err
	})
}

func look(ctx context.Context, w *app.Run, tasks []task.Task, asJSON bool, show func(*app.Run, *task.Graph) error) error {
	failed := func(text string, code int) any { return Document{Version: 1, Error: text, ExitCode: code} }
	return w.Guard(ctx, func(context.Context) error {
		return w.OneDocument(asJSON, failed, func(w *app.Run) error {
			g, err := valid(tasks)
			if err != nil {
				return err
			}
			if asJSON {
				return report.Document(w.Out, document(g))
			}
			return app.IgnoreClosedPipe(show(w, g))
		})
	})
}

// Steps are those of mage ci, which a task of the magefile may need: only there they are.
var Steps = []string{"check", "lint", "unit", "build", "integration", "plan"}

// isStep says that a task stands for a step of mage ci: it has nothing of its own.
func isStep(t task.Task) bool { return t.Help == ofCI && slices.Contains(Steps, t.Name) }

const ofCI = "a step of ci"

// valid is the graph of the magefile's tasks, with a task for each step of mage ci that
// they need.
func valid(tasks []task.Task) (*task.Graph, error) {
	if len(tasks) == 0 {
		return nil, failure.New(failure.Usage, "the magefile defines no tasks").
			WithHint(`func init() { task.Define("lint", task.Run("ruff", "check")) } defines one, with magefiles/task of Spellbook`)
	}
	all := slices.Clip(tasks)
	var needed []string // of the steps
	for i := range tasks {
		for _, name := range tasks[i].Needs {
			if slices.Contains(Steps, name) {
				needed = append(needed, name)
			}
		}
	}
	for _, name := range Steps {
		if slices.Contains(needed, name) && !slices.ContainsFunc(tasks, func(t task.Task) bool { return t.Name == name }) {
			all = append(all, task.Task{Name: name, Help: ofCI, Steps: []task.Step{{Func: notHere}}})
		}
	}
	return task.New(all)
}

// notHere is what a step of mage ci does outside of that.
func notHere(context.Context, io.Writer) error { return errors.New("only ci runs its steps") }

func document(g *task.Graph) Document {
	d := Document{Version: 1}
	for _, t := range g.Tasks() {
		if isStep(t) {
			continue
		}
		d.Tasks = append(d.Tasks, DocumentTask{Name: t.Name, Help: t.Help, Needs: t.Needs, Inputs: t.Inputs, Outputs: t.Outputs})
	}
	return d
}

// drawing is the graph as trees. What several need is drawn once.
type drawing struct {
	graph *task.Graph
	drawn map[string]bool
	text  strings.Builder
}

func (d *drawing) line(front string, t task.Task) { fmt.Fprintf(&d.text, "%s%s\n", front, t.Name) }

func (d *drawing) needs(front string, t task.Task) {
	for i, name := range t.Needs {
		need, _ := d.graph.Find(name)
		branch, below := "├─ ", "│  "
		if i == len(t.Needs)-1 {
			branch, below = "└─ ", "   "
		}
		if d.drawn[name] && len(need.Needs) > 0 {
			need.Name += " …"
			d.line(front+branch, need)
			continue
		}
		d.drawn[name] = true
		d.line(front+branch, need)
		d.needs(front+below, need)
	}
}
