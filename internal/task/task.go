// Package task runs a graph of tasks: what a magefile defines by magefiles/task, and
// the steps of `mage ci`. A task has commands or functions, needs other tasks, and may
// declare inputs and outputs, by which a Cache tells whether it has to run at all. It
// imports host and failure; what is remembered is internal/task/cache's, and how a run
// looks is its Reporter's.
package task

import (
	"context"
	"io"
	"time"
)

// Task is one thing to do. Paths and patterns have slashes and are relative to the
// repository's root.
type Task struct {
	Name  string
	Help  string   // one sentence, for task:list
	Needs []string // tasks that must have succeeded before
	Steps []Step   // one after the other; none: the task stands for those it needs

	// Inputs are patterns of the files that the task depends on, Outputs of those
	// that it makes. A pattern that begins with ! takes away from the others; one that
	// matches a directory means all that is in it. A task without Inputs always runs.
	Inputs, Outputs []string
	// Guessed says that nobody has declared the outputs. The result of a run that wrote
	// anything else in the repository is not kept.
	Guessed bool

	// Programs are what its commands use besides the program that they call: names, or
	// paths relative to Dir. Their content counts as that of an input does.
	Programs []string

	Dir     string        // of its commands; "" is the root
	Env     []string      // variables that it may see besides Base; NAME or PREFIX*
	Set     []string      // KEY=value, over what it sees
	Engine  bool          // the engine's version and its images' ids are inputs
	Images  []string      // with Engine, these images only
	Timeout time.Duration // of all its steps together; 0: none
}

// Step is a command or a function, never both.
type Step struct {
	Argv []string // no shell sees it
	// AllowIf is a command: where Argv exits with the code AllowedCode, and it passes, that is no failure.
	AllowIf     []string
	AllowedCode int
	Func        func(ctx context.Context, out io.Writer) error
}

// Outcome is how a task ended.
type Outcome string

// The outcomes.
const (
	Passed   Outcome = "passed"
	Failed   Outcome = "failed"
	Cached   Outcome = "cached"   // it need not run: its outputs are what a run with its inputs made
	Skipped  Outcome = "skipped"  // a task that it needs has failed
	Canceled Outcome = "canceled" // it was ended while it ran: by a signal, or since another failed
	NotRun   Outcome = "not run"  // its turn never came
)

// Good says that dependents may go on.
func (o Outcome) Good() bool { return o == Passed || o == Cached }

// Result is what became of one task.
type Result struct {
	Task    string
	Outcome Outcome
	// Cause is the failed task behind a skip, and why a task was canceled or never ran.
	Cause string
	Err   error // of a failed task
	// Code is what a failed task's command exited with: 128 and the signal's number
	// where a signal ended it, 124 after a timeout, 127 where there is no such program.
	Code     int
	Began    time.Time // zero where its turn never came
	Took     time.Duration
	Reason   string   // why it ran, or need not run
	Warnings []string // of what makes its results doubtful
	Output   string   // the file with its output, relative to the root where it is below; "" where it has none
	// Made is a digest of what dependents may use of it, "" where it declares nothing.
	Made string
}

// Reporter hears of a run while it happens, from many goroutines. Started comes when a
// task's turn comes, whether it then has to run or not; a task whose turn never comes
// has its Finished alone.
type Reporter interface {
	Started(name string)
	Line(name, text string) // of its output, without the line's end; of a cached task, the kept output
	Finished(Result)
}

// Needed is what a task that another needs has made.
type Needed struct{ Task, Made string }

// Cache knows what tasks that declare inputs came to. Its methods are called from many
// goroutines, but for one task one after the other.
type Cache interface {
	// UpToDate says whether nothing has changed since a task's last run. It writes
	// nothing. needed has what the tasks that it needs have made, in the order of their
	// names.
	UpToDate(ctx context.Context, t *Task, environ []string, needed []Needed) Verdict
	// Lock keeps other runs from a task until unlock is called. Where it has to wait for
	// one, wait is told for which.
	Lock(ctx context.Context, name string, wait func(holder string)) (unlock func(), err error)
	// Look says whether a task that is locked has to run. It may put kept outputs back.
	Look(ctx context.Context, t *Task, environ []string, needed []Needed) (Verdict, error)
	// Keep takes what a run that passed came to: since the Verdict, with its output in
	// the file. It says what it made, and what is doubtful about it.
	Keep(ctx context.Context, t *Task, v Verdict, output string) (made string, warnings []string, err error)
	// Close writes down what is remembered. It says what tasks did that they had not
	// declared, by their names.
	Close(results []Result) (map[string][]string, error)
}

// Verdict is what a Cache says of a task before its turn.
type Verdict struct {
	Cached bool
	Reason string
	Output string // of a cached task: the file with what it said, absolute; "" where it said nothing
	Made   string // of a cached task: see Result
	Key    string // of what it depends on; "" for a task that is not cached
}
