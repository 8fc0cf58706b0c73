package deploy

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Plan says what deploy:to would change on the server, and why. It builds nothing and changes nothing.
func (Deploy) Plan(ctx context.Context,
	env string, // the environment
	json *bool, // a document for programs
	detailedexitcode *bool, // exit code 8 where anything would change
) error {
	return deploy.Plan(ctx, target.Run(), deploy.PlanOptions{Env: env, JSON: target.Value(json), ExitCode: target.Value(detailedexitcode)})
}

// Drift says what on the server no longer is what was deployed there: exit code 8 where anything is.
func (Deploy) Drift(ctx context.Context,
	env string, // the environment
	json *bool, // a document for programs
) error {
	return deploy.Drift(ctx, target.Run(), deploy.StatusOptions{Env: env, JSON: target.Value(json)})
}

// Infra brings the infrastructure alone to the server, with the gateway; the application goes on as it is.
func (Deploy) Infra(ctx context.Context,
	env string, // the environment
	yes *bool, // do not ask
	yesinfra *bool, // also make services anew whose data is in a volume, and remove those that the files no longer have
	wait *bool, // wait for another run's end
	dry *bool, // only say what would be done
	json *bool, // a document for programs
) error {
	return deploy.To(ctx, target.Run(), deploy.Options{Env: env, Target: "deploy:infra " + env, Infra: only(true), Yes: target.Value(yes), YesInfra: target.Value(yesinfra),
		Wait: target.Value(wait), Dry: target.Value(dry), JSON: target.Value(json)})
}

// App brings the application alone to the server; where infrastructure that it needs is another there, it is refused.
func (Deploy) App(ctx context.Context,
	env string, // the environment
	yes *bool, // do not ask
	wait *bool, // wait for another run's end
	dry *bool, // only say what would be done
	json *bool, // a document for programs
) error {
	return deploy.To(ctx, target.Run(), deploy.Options{Env: env, Target: "deploy:app " + env, Infra: only(false), Yes: target.Value(yes), Wait: target.Value(wait),
		Dry: target.Value(dry), JSON: target.Value(json)})
}

func only(infra bool) *bool { return &infra }
