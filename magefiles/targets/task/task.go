// Package task has the targets that run what a magefile has defined by
// magefiles/task. A magefile imports it alone or beside other namespaces.
package task

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Task runs the tasks that this repository has defined.
type Task mg.Namespace

// List shows the tasks, what they need, and whether they declare their inputs.
func (Task) List(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return task.List(ctx, target.Run(), target.Tasks(), target.Value(json))
}

// Graph draws which tasks need which, what is needed first.
func (Task) Graph(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return task.Graph(ctx, target.Run(), target.Tasks(), target.Value(json))
}

// Run runs tasks (a,b) and what they need; the exit code is that of the first that failed.
func (Task) Run(ctx context.Context,
	names string,
	jobs *int, // how many run at once (the number of processors)
	force *bool, // run what has not changed, too
	explain *bool, // say why each ran, or did not
	keepgoing *bool, // after a failure, run what does not need the failed task
	affected *string, // only what the changes since this commit touch: origin/main
	json *bool, // one JSON document on standard output
) error {
	return task.Run(ctx, target.Run(), task.RunOptions{Tasks: target.Tasks(), Names: target.List(&names), Jobs: target.Value(jobs), Force: target.Value(force),
		Explain: target.Value(explain), KeepGoing: target.Value(keepgoing), Affected: affected, JSON: target.Value(json)})
}
