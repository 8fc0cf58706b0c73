package test

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Unit runs the unit tests of what is there: Go, package.json, Python.
func (Test) Unit(ctx context.Context) error { return test.Unit(ctx, target.Run()) }

// Integration runs tests against a stack of their own, which is removed afterwards.
func (Test) Integration(ctx context.Context,
	cmd *string, // the tests, a shell line (what the manifests say)
	services *string, // only these and what they depend on, comma separated
	reuse *bool, // take the stack of the last run, where it would be the same, and leave it up
	keep *bool, // leave the stack up where the tests fail
) error {
	return test.Integration(ctx, target.Run(), integration(cmd, services, reuse, keep))
}

// All runs the unit tests, and then the integration tests.
func (Test) All(ctx context.Context,
	cmd *string, // the integration tests, a shell line (what the manifests say)
	services *string, // of their stack only these and what they depend on, comma separated
	reuse *bool, // take the stack of the last run, where it would be the same, and leave it up
	keep *bool, // leave the stack up where the tests fail
) error {
	return test.All(ctx, target.Run(), integration(cmd, services, reuse, keep))
}

// Coverage runs the unit tests and writes what they cover below .spellbook/coverage.
func (Test) Coverage(ctx context.Context) error { return test.Coverage(ctx, target.Run()) }

func integration(cmd, services *string, reuse, keep *bool) test.IntegrationOptions {
	return test.IntegrationOptions{Command: target.Value(cmd), Services: target.List(services), Reuse: target.Value(reuse), Keep: target.Value(keep)}
}
