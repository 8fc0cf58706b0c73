// Package task is for tasks of a repository's own: what its magefile says in its init
// function, and `mage task:run` and `mage ci` run. Tasks run at once where none needs
// the other; one that declares its inputs runs when they have changed only.
//
// All paths have slashes and are relative to the repository's root. A mistake in what is
// defined here (a name twice, a need that there is not, a cycle) ends the run that finds
// it before any task has begun, with exit code 2.
package task

import (
	"context"
	"io"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

// Option says one thing of a task.
type Option struct{ apply func(*task.Task) }

// Define adds a task. Its name is what `mage task:run NAME` takes: without commas,
// blanks and =.
func Define(name string, options ...Option) {
	t := task.Task{Name: name}
	for _, o := range options {
		o.apply(&t)
	}
	task.Define(&t)
}

// Help is the sentence that `mage task:list` shows.
func Help(text string) Option { return Option{func(t *task.Task) { t.Help = text }} }

// Needs names tasks that must have succeeded before. If one fails, this task is skipped.
func Needs(names ...string) Option {
	return Option{func(t *task.Task) { t.Needs = append(t.Needs, names...) }}
}

// Inputs are patterns of the files that the task depends on: *, ?, [a-z], {a,b}, and **
// for any number of directories. A pattern that begins with ! takes away from the
// others; one that matches a directory means all that is in it. The task's own outputs
// are no inputs of it. Directories named .git, .spellbook, node_modules, .venv and
// __pycache__ are not looked into unless a pattern spells them.
//
// A task with inputs runs again when one of these has changed: an input's path, content
// or mode, where a link leads and what is there; the command, its arguments, its
// directory and its program; a variable that it can see; what the tasks that it needs
// have made. Else it is "cached": its outputs are put back where they are not what that
// run made, and its output is shown again. A task without inputs always runs.
func Inputs(patterns ...string) Option {
	return Option{func(t *task.Task) { t.Inputs = append(t.Inputs, patterns...) }}
}

// Outputs are patterns, as those of Inputs, of the files that the task makes. They are
// kept, and belong to the task: it may find them changed or gone.
func Outputs(patterns ...string) Option {
	return Option{func(t *task.Task) { t.Outputs = append(t.Outputs, patterns...) }}
}

// Run is a command: a program, which is looked up in PATH, and its arguments. No shell
// sees them. A task may have several, and functions, which run in their order until one
// fails. What a command leaves running in its process group ends with it.
func Run(argv ...string) Option {
	return Option{func(t *task.Task) { t.Steps = append(t.Steps, task.Step{Argv: argv}) }}
}

// Func is a function in the place of a command. It should end when ctx does. Its code
// is among the inputs, as the program that it is part of; what it reads of files and of
// the environment is not, and nothing is withheld from it: declare it.
func Func(do func(ctx context.Context, out io.Writer) error) Option {
	return Option{func(t *task.Task) { t.Steps = append(t.Steps, task.Step{Func: do}) }}
}

// Dir is the directory in which the commands run; the root, where it is not said.
func Dir(path string) Option { return Option{func(t *task.Task) { t.Dir = path }} }

// Env names variables that the commands may see, NAME or PREFIX*, besides PATH, HOME,
// USER, LOGNAME, SHELL, LANG, LC_*, TZ and TMPDIR (on Windows those that programs need
// to start). All others are withheld, and all that are seen are among the inputs.
func Env(names ...string) Option {
	return Option{func(t *task.Task) { t.Env = append(t.Env, names...) }}
}

// Set gives the commands variables, KEY=value, over those that they see.
func Set(pairs ...string) Option {
	return Option{func(t *task.Task) { t.Set = append(t.Set, pairs...) }}
}

// Engine makes the Docker engine an input: its version, and the ids of the named images,
// of all that have a name where none is named. The commands then see DOCKER_HOST,
// DOCKER_CONTEXT and the others that say where it is.
func Engine(images ...string) Option {
	return Option{func(t *task.Task) { t.Engine, t.Images = true, append(t.Images, images...) }}
}

// Timeout is how long all commands of the task may take together. After it, they are
// ended and the task has failed with code 124.
func Timeout(d time.Duration) Option { return Option{func(t *task.Task) { t.Timeout = d }} }
