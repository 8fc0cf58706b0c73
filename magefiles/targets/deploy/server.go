package deploy

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Maintenance has the gateway answer 503 with a page, or the application again, whose containers are left alone.
func (Deploy) Maintenance(ctx context.Context,
	env string, // the environment
	on *bool, // answer 503
	off *bool, // answer as the application does
	wait *bool, // wait for another run's end
) error {
	return deploy.Maintenance(ctx, target.Run(), deploy.MaintenanceOptions{Env: env, On: target.Value(on), Off: target.Value(off), Wait: target.Value(wait)})
}

// Setup checks whether a server has what deployments need, and on Debian and Ubuntu installs what is missing; or it takes over what somebody runs there by hand.
func (Deploy) Setup(ctx context.Context,
	env string, // the environment
	dry *bool, // only say what would be done
	yes *bool, // do not ask
	adopt *bool, // take over the project that somebody runs there by hand, with its data
	yesinfra *bool, // with -adopt: also make services anew whose data is in a volume
) error {
	return deploy.Setup(ctx, target.Run(), deploy.SetupOptions{Env: env, Dry: target.Value(dry), Yes: target.Value(yes), Adopt: target.Value(adopt), YesInfra: target.Value(yesinfra)})
}
