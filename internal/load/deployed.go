package load

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const (
	deployTo     = "mage deploy:to ENV"
	deployShell  = "mage deploy:shell ENV SERVICE"
	deployStatus = "mage deploy:status ENV shows it, mage deploy:to ENV changes it"
)

// Deployed has each target that changes what is on an engine, or runs something in it,
// and what is typed instead where the project was deployed to that engine. Targets that
// are not here only look.
var Deployed = map[string]string{
	"infra:up": deployTo, "infra:start": deployTo, "infra:restart": deployTo, "infra:recreate": deployTo, "infra:pull": deployTo,
	"dev:up": deployTo, "dev:watch": deployTo,
	"infra:stop": deployStatus, "infra:down": deployStatus,
	"clean:all": deployStatus, "clean:containers": deployStatus, "clean:images": deployStatus, "clean:volumes": deployStatus,
	"infra:exec":   "mage deploy:exec ENV SERVICE CMD",
	"infra:shell":  deployShell,
	"infra:psql":   "psql is in it: " + deployShell,
	"infra:redis":  "redis-cli is in it: " + deployShell,
	"infra:cypher": "cypher-shell is in it: " + deployShell,
	"infra:import": `into an empty database: mage deploy:exec ENV SERVICE 'PGPASSWORD=$POSTGRES_PASSWORD psql -U USER -d DATABASE -v ON_ERROR_STOP=1 -1 -q' <PATH`,
}

// NotDeployed refuses a target, where it is among Deployed, on an engine that the project was deployed to:
// what is there is a release's, which deploy:* changes. known are words of what is
// typed instead, each followed by what is known for it: "SERVICE", "db".
func (s *Session) NotDeployed(ctx context.Context, target string, known ...string) error {
	instead, changes := Deployed[target]
	if !changes {
		return nil
	}
	all, err := s.Client.Labelled(ctx, deploy.LabelProject)
	if err != nil {
		return err
	}
	for _, c := range all {
		name := c.Labels[deploy.LabelProject]
		if !slices.Contains([]string{s.Project.Name, s.Project.Variable("DEPLOY_NAME")}, name) {
			continue
		}
		fill := strings.NewReplacer(append(known, "ENV", cmp.Or(s.Project.Env, "ENV"))...)
		return failure.New(failure.Refused, "%s was deployed to this engine, and %s leaves a deployment alone", name, target).
			WithHint("%s", fill.Replace(instead))
	}
	return nil
}
