// Package test has the targets for stacks that tests run against. A magefile imports
// it alone or beside other namespaces.
package test

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Test runs tests against copies of the stack, each with names, volumes and ports of its own.
type Test mg.Namespace

// Up brings a copy of the stack to ready that is all its own, and leaves it for a while.
func (Test) Up(ctx context.Context,
	name *string, // of the stack (that of the branch)
	services *string, // only these and what they depend on, comma separated
	keep *time.Duration, // how long it stays (1h)
	timeout *time.Duration, // how long to wait for ready (5m)
	tmpfs *bool, // data volumes in memory
	json *bool, // one JSON document on standard output
) error {
	return test.Up(ctx, target.Run(), test.UpOptions{Name: name, Services: target.List(services), Keep: keep,
		Timeout: target.Value(timeout), Tmpfs: target.Value(tmpfs), JSON: target.Value(json)})
}

// Down removes a stack of test:up with its volumes.
func (Test) Down(ctx context.Context,
	name *string, // of the stack (that of the branch)
) error {
	return test.Down(ctx, target.Run(), target.Value(name))
}
