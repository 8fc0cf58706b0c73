package infra

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// reportVolumes names the volumes that outlive services which a run has removed.
// What the engine does not tell is not worth a failure.
func (u *UpRun) reportVolumes(ctx context.Context, p plan.Plan) {
	removed := slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Cause == infra.ServiceRemoved })
	if !removed {
		return
	}
	volumes, err := u.Client.Volumes(ctx, u.Project.Name)
	if err != nil {
		return
	}
	volumes = slices.DeleteFunc(volumes, u.Project.HasVolume)
	if len(volumes) > 0 {
		slices.Sort(volumes)
		_, _ = fmt.Fprintln(u.Run.Err, u.Run.Wrap(fmt.Sprintf("kept, with its data: %s (mage clean:volumes)", strings.Join(volumes, ", "))))
	}
}
