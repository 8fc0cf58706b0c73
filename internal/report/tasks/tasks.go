// Package tasks shows a run of tasks: as a live tree on a terminal, as lines that begin
// with the task's name without one, as groups and annotations on GitHub; and afterwards
// as a table, Markdown, JUnit's XML and one JSON document. It decides nothing. It imports
// report, the values of task and outputs, and junit.
package tasks

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Options say what is shown, and where.
type Options struct {
	report.Options
	Title string
	Tasks []task.Task // in their order; those without a step are not shown
	// Read says where a task's commands run, for the files that they name.
	Read    func(task.Task) outputs.Options
	Explain bool // say of each task why it ran or did not
}

// mostCached is of how many tasks those that are cached are listed. Of more they are
// counted, where they have nothing to say: nobody looks for the one that ran in a thousand
// lines.
const mostCached = 100

// Reporter shows a run while it happens. It is a task.Reporter.
type Reporter struct {
	o     Options
	began time.Time

	lines *together
	brief bool // see mostCached

	mu      sync.Mutex // guards what follows
	view    view
	tasks   map[string]int             // places of those that are shown
	readers map[string]*outputs.Reader // of tasks that have begun; nil before they say anything
	read    map[string]outputs.Result
	unended map[string][]string // tests without an end, of tasks that passed all the same
	said    map[string][]string // the last lines of tasks; of those that have ended, where they say no place
}

// mostSaid are the last lines that are kept of a task, for reports that have no others.
const mostSaid = 30

// view is one way to show a run. Its methods are called one at a time.
type view interface {
	started(name string)
	lines(name string, shown []string)
	finished(r task.Result, read outputs.Result)
	// stop ends the live part.
	stop()
}

var _ task.Reporter = (*Reporter)(nil)

// New begins to show.
func New(o Options) *Reporter {
	o.Options = o.WithDefaults()
	lines := &together{to: o.Err}
	if o.Mode != report.Terminal {
		o.Err = lines
	}
	r := &Reporter{o: o, lines: lines, began: o.Now(), tasks: make(map[string]int, len(o.Tasks)), readers: map[string]*outputs.Reader{}, read: map[string]outputs.Result{}, unended: map[string][]string{}, said: map[string][]string{}}
	for i, t := range o.Tasks {
		if len(t.Steps) > 0 {
			r.tasks[t.Name] = i
		}
	}
	r.brief = len(r.tasks) > mostCached && !o.Explain
	switch o.Mode {
	case report.Terminal:
		r.view = newTree(o, r.names())
	case report.GitHub:
		r.view = &github{o: o}
	default:
		r.view = newPlain(o, r.names())
	}
	return r
}

func (r *Reporter) names() (names []string) {
	for _, t := range r.o.Tasks {
		if _, shown := r.tasks[t.Name]; shown {
			names = append(names, t.Name)
		}
	}
	return names
}

// Started is a task's turn.
func (r *Reporter) Started(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, shown := r.tasks[name]; shown {
		r.readers[name] = nil
		r.view.started(name)
	}
}

// Line is a line of a task's output.
func (r *Reporter) Line(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reader, began := r.readers[name]
	if !began {
		return
	}
	if reader == nil { // made for those that say something, which most that are cached do not
		reader = outputs.NewReader(r.o.Read(r.o.Tasks[r.tasks[name]]))
		r.readers[name] = reader
	}
	if shown := reader.Line(text); len(shown) > 0 {
		r.view.lines(name, shown)
		r.keep(name, shown)
	}
}

// keep has the last lines of a task.
func (r *Reporter) keep(name string, shown []string) {
	all := append(r.said[name], shown...)
	if len(all) > 2*mostSaid { // now and then
		all = slices.Clone(all[len(all)-mostSaid:])
	}
	r.said[name] = all
}

// Finished is the end of a task.
func (r *Reporter) Finished(of task.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, shown := r.tasks[of.Task]; !shown {
		return
	}
	reader := r.readers[of.Task]
	delete(r.readers, of.Task)
	if r.brief && reader == nil && of.Outcome == task.Cached && r.o.Mode == report.Plain {
		return
	}
	var read outputs.Result
	if reader != nil {
		read = reader.Close()
		for _, t := range read.Tests {
			if of.Outcome.Good() && strings.HasPrefix(t.Message, outputs.Unended) {
				r.unended[of.Task] = append(r.unended[of.Task], t.Name+" has no end: what came after it may not have run")
			}
		}
		read = believed(of, read)
		r.read[of.Task] = read
	}
	if of.Outcome != task.Failed || finding.HasErrors(read.Findings) {
		delete(r.said, of.Task)
	}
	r.view.finished(of, read)
}

// believed leaves out the errors that a task told of which then did well: they are
// somebody's test data, or a test that went well when it was tried again.
func believed(of task.Result, read outputs.Result) outputs.Result {
	if !of.Outcome.Good() {
		return read
	}
	read.Findings = slices.DeleteFunc(read.Findings, func(f finding.Finding) bool { return f.Severity == finding.Error })
	read.Tests = slices.DeleteFunc(read.Tests, func(t outputs.Test) bool { return t.Outcome == outputs.Failed })
	return read
}

// Stop ends the live part, and returns what the run came to.
func (r *Reporter) Stop(run task.Run) Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.stop()
	r.lines.flush()
	s := Summary{Title: r.o.Title, Began: r.began, Took: r.o.Now().Sub(r.began), Explain: r.o.Explain, Brief: r.brief, Tasks: make([]Task, 0, len(r.tasks))}
	for _, result := range run.Results {
		if _, shown := r.tasks[result.Task]; shown {
			if more := r.unended[result.Task]; more != nil {
				result.Warnings = slices.Concat(result.Warnings, more)
			}
			said := r.said[result.Task]
			s.Tasks = append(s.Tasks, Task{Result: result, Read: r.read[result.Task], Said: said[max(0, len(said)-mostSaid):]})
		}
	}
	return s
}
