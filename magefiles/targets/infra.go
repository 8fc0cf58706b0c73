package targets

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/workflow"
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
	return flow().InfraUp(ctx, workflow.UpOptions{Services: list(services), Profiles: list(profile),
		Timeout: value(timeout), Adopt: value(adopt), Dry: value(dry), JSON: value(json)})
}

// Down stops and removes all that belongs to the project; volumes only with -volumes.
func (Infra) Down(ctx context.Context,
	volumes *bool, // remove volumes and their data too; asks first
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return flow().InfraDown(ctx, workflow.DownOptions{Volumes: value(volumes), Yes: value(yes), Confirm: value(confirm), Dry: value(dry)})
}

// Restart stops services and starts them again in dependency order, to ready.
func (Infra) Restart(ctx context.Context,
	services *string, // only these, comma separated
) error {
	return flow().InfraRestart(ctx, list(services))
}

// Stop stops services, dependents first; containers and volumes stay.
func (Infra) Stop(ctx context.Context,
	services *string, // only these, comma separated
) error {
	return flow().InfraStop(ctx, list(services))
}

// Start starts what is stopped in dependency order, to ready.
func (Infra) Start(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return flow().InfraStart(ctx, list(services))
}

// Recreate makes new containers and brings them to ready.
func (Infra) Recreate(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return flow().InfraRecreate(ctx, list(services))
}

// Status shows a row a service; exit code 4 unless all are ready.
func (Infra) Status(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return flow().InfraStatus(ctx, value(json))
}
