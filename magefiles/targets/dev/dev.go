// Package dev has the targets for working on the application's own services. A
// magefile imports it alone or beside other namespaces.
package dev

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Dev is for working on the application's own services.
type Dev mg.Namespace

// Up builds what has changed and brings the stack with the backend to ready.
func (Dev) Up(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
	timeout *time.Duration, // how long to wait for readiness (5m)
	adopt *bool, // take over what another checkout has made, its volumes kept
) error {
	return dev.Up(ctx, target.Run(), dev.UpOptions{Services: target.List(services), Timeout: target.Value(timeout), Adopt: target.Value(adopt)})
}

// Watch brings the stack with the backend to ready, then rebuilds and restarts what a change of files affects, until Ctrl-C.
func (Dev) Watch(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return target.Exit(dev.Watch(ctx, target.Run(), dev.WatchOptions{Services: target.List(services)}))
}
