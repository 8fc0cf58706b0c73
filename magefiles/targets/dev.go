package targets

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Dev is for working on the application's own services.
type Dev mg.Namespace

// Up builds what has changed and brings the stack with the backend to ready.
func (Dev) Up(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
	timeout *time.Duration, // how long to wait for readiness (5m)
	adopt *bool, // take over what another checkout has made, its volumes kept
) error {
	return flow().DevUp(ctx, workflow.DevUpOptions{Services: list(services), Timeout: value(timeout), Adopt: value(adopt)})
}

// Watch brings the stack with the backend to ready, then rebuilds and restarts what a change of files affects, until Ctrl-C.
func (Dev) Watch(ctx context.Context,
	services *string, // only these and what they depend on, comma separated
) error {
	return leave(flow().DevWatch(ctx, workflow.DevWatchOptions{Services: list(services)}))
}
