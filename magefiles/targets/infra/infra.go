// Package infra has the targets that run the stack. A magefile imports it alone
// or beside other namespaces.
package infra

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Infra runs the stack of the Compose files.
type Infra mg.Namespace

// Up brings the stack to ready; nothing happens when nothing changed.
func (Infra) Up(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
	profile *string, // active profiles, comma separated
	timeout *time.Duration, // how long to wait for ready (5m)
	adopt *bool, // take over what another checkout has made, its volumes kept
	dry *bool, // print the plan and change nothing
	json *bool, // one JSON document on standard output
) error {
	return infra.Up(ctx, target.Run(), infra.UpOptions{Services: target.List(services), Profiles: target.List(profile),
		Timeout: target.Value(timeout), Adopt: target.Value(adopt), Dry: target.Value(dry), JSON: target.Value(json)})
}

// Down stops and removes all that belongs to the project; volumes only with -volumes.
func (Infra) Down(ctx context.Context,
	volumes *bool, // remove volumes and their data too; asks first
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return infra.Down(ctx, target.Run(), infra.DownOptions{Volumes: target.Value(volumes), Yes: target.Value(yes), Confirm: target.Value(confirm), Dry: target.Value(dry)})
}

// Restart stops services and starts them again in dependency order, to ready.
func (Infra) Restart(ctx context.Context,
	services *string, // only these, comma separated
) error {
	return infra.Restart(ctx, target.Run(), target.List(services))
}

// Stop stops services, dependents first; containers and volumes stay.
func (Infra) Stop(ctx context.Context,
	services *string, // only these, comma separated
) error {
	return infra.Stop(ctx, target.Run(), target.List(services))
}

// Start starts what is stopped in dependency order, to ready.
func (Infra) Start(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return infra.Start(ctx, target.Run(), target.List(services))
}

// Recreate makes new containers and brings them to ready.
func (Infra) Recreate(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return infra.Recreate(ctx, target.Run(), target.List(services))
}

// Status shows a row a service; exit code 4 unless all are ready.
func (Infra) Status(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return infra.Status(ctx, target.Run(), target.Value(json))
}
