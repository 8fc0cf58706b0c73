// Package ci has the target ci: the checks of any repository. A magefile that has a Ci of
// its own leaves this package out, or imports it under a name (//mage:import spellbook):
// the target is spellbook:ci then.
package ci

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/ci"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// CI runs the checks of this repository: what it consists of is linted, tested and built.
func CI(ctx context.Context,
	only *string, // some steps or tasks, comma separated: lint,unit
	env *string, // an environment: plan its deployment, too
	jobs *int, // how many run at once (the number of processors)
	force *bool, // run what has not changed, too
	explain *bool, // say why each ran, or did not
	keepgoing *bool, // after a failure, run what does not need what failed
	affected *string, // only what the changes since this commit touch: origin/main
	json *bool, // one JSON document on standard output
) error {
	return ci.Run(ctx, target.Run(), ci.Options{Tasks: target.Tasks(), Only: target.List(only), Env: target.Value(env), Jobs: target.Value(jobs),
		Force: target.Value(force), Explain: target.Value(explain), KeepGoing: target.Value(keepgoing), Affected: affected, JSON: target.Value(json)})
}
