// Package deploy has the targets that bring the application to a server. A
// magefile imports it alone or beside other namespaces.
package deploy

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Deploy brings the application to a server over SSH.
type Deploy mg.Namespace

// To brings the application and what has changed of the infrastructure to an environment's server, with no failed request.
func (Deploy) To(ctx context.Context,
	env string, // the environment, whose DEPLOY_HOST names the server
	services *string, // these alone, separated by commas; all others stay as they are on the server
	infra *bool, // the infrastructure alone; -infra=false is the application alone
	yes *bool, // do not ask
	yesinfra *bool, // also make services anew whose data is in a volume, and remove those that the files no longer have
	wait *bool, // wait for another run's end
	dry *bool, // only say what would be done
	json *bool, // a document for programs
) error {
	return deploy.To(ctx, target.Run(), deploy.Options{Env: env, Services: target.List(services), Infra: infra, Yes: target.Value(yes), YesInfra: target.Value(yesinfra),
		Wait: target.Value(wait), Dry: target.Value(dry), JSON: target.Value(json)})
}

// Dev brings the application to the server of the environment dev.
func (Deploy) Dev(ctx context.Context,
	yes *bool, // do not ask
	yesinfra *bool, // also make services anew whose data is in a volume, and remove those that the files no longer have
	wait *bool, // wait for another run's end
	dry *bool, // only say what would be done
	json *bool, // a document for programs
) error {
	return deploy.To(ctx, target.Run(), deploy.Options{Env: "dev", Target: "deploy:dev", Yes: target.Value(yes), YesInfra: target.Value(yesinfra), Wait: target.Value(wait),
		Dry: target.Value(dry), JSON: target.Value(json)})
}

// Rollback has an earlier release serve again: its images, its variables, its files. No migration runs, the infrastructure stays.
func (Deploy) Rollback(ctx context.Context,
	env string, // the environment
	to *string, // the release, as deploy:history lists it (the one before)
	yes *bool, // do not ask
	wait *bool, // wait for another run's end
	yesschema *bool, // the earlier release can live with the database as it is now
) error {
	return deploy.Rollback(ctx, target.Run(), deploy.RollbackOptions{Env: env, To: target.Value(to), Yes: target.Value(yes), Wait: target.Value(wait), YesSchema: target.Value(yesschema)})
}

// Status says which release serves, since when, who deployed it, and how its services are.
func (Deploy) Status(ctx context.Context,
	env string, // the environment
	json *bool, // a document for programs
) error {
	return deploy.Status(ctx, target.Run(), deploy.StatusOptions{Env: env, JSON: target.Value(json)})
}

// History lists what was done to the server, and which releases may be rolled back to.
func (Deploy) History(ctx context.Context,
	env string, // the environment
	json *bool, // a document for programs
) error {
	return deploy.History(ctx, target.Run(), deploy.StatusOptions{Env: env, JSON: target.Value(json)})
}

// Lock says who deploys to the server, since when, and when they were heard of.
func (Deploy) Lock(ctx context.Context,
	env string, // the environment
	json *bool, // a document for programs
) error {
	return remote.Lock(ctx, target.Run(), env, target.Value(json))
}

// Unlock takes the lock away from a run that is dead.
func (Deploy) Unlock(ctx context.Context,
	env string, // the environment
	force *bool, // from one that is alive, too
) error {
	return remote.Unlock(ctx, target.Run(), env, target.Value(force))
}
