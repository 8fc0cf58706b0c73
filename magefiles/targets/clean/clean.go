// Package clean has the targets that remove what the project has left. A
// magefile imports it alone or beside other namespaces; a repository that has
// a clean of its own leaves it out.
package clean

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Clean removes what the project has left, and nothing of any other project.
type Clean mg.Namespace

// All removes build output, containers and networks; volumes stay.
func (Clean) All(ctx context.Context,
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return clean.All(ctx, target.Run(), cleanOptions(yes, confirm, dry))
}

// Containers removes the project's containers and networks.
func (Clean) Containers(ctx context.Context,
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return clean.Containers(ctx, target.Run(), cleanOptions(yes, confirm, dry))
}

// Images removes the images built for the project, and its containers that use them.
func (Clean) Images(ctx context.Context,
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return clean.Images(ctx, target.Run(), cleanOptions(yes, confirm, dry))
}

// Volumes removes the project's volumes with their data, and its containers that use them.
func (Clean) Volumes(ctx context.Context,
	yes *bool, // do not ask
	confirm *string, // the project's name: what another checkout has made goes too
	dry *bool, // print the plan and change nothing
) error {
	return clean.Volumes(ctx, target.Run(), cleanOptions(yes, confirm, dry))
}

func cleanOptions(yes *bool, confirm *string, dry *bool) clean.Options {
	return clean.Options{Yes: target.Value(yes), Confirm: target.Value(confirm), Dry: target.Value(dry)}
}
