package deploy

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// prune forgets the releases that are more than are kept, with their images, and
// then files that none of the others was made from. What serves stays.
func (r *rollout) prune(ctx context.Context) error {
	all, err := r.Store.Releases(ctx)
	if err != nil {
		return err
	}
	p := plan.Plan{Project: r.Settings.Name}
	var kept []deploy.Release
	for n, one := range all {
		if n < r.Settings.Keep || one.ID == r.release.ID {
			kept = append(kept, one)
			continue
		}
		p.Add(plan.Step{ID: plan.ID("remove release " + one.ID), Cause: "more than DEPLOY_KEEP", Action: plan.RemoveRelease{Release: one.ID}})
		var refs []string
		for _, s := range one.Services {
			refs = append(refs, s.Image)
		}
		p.Add(plan.Step{ID: plan.ID("remove images of " + one.ID), After: []plan.Edge{plan.Needs(plan.ID("remove release " + one.ID))},
			Action: plan.RemoveImages{Refs: refs}})
	}
	if err := r.walk(ctx, r.atServer(), p, "old releases"); err != nil {
		return err
	}
	var ids []string
	for _, one := range kept {
		ids = append(ids, one.ID)
	}
	return errors.Join(r.pruneDumps(ids), r.pruneFiles(ctx, kept))
}

// pruneFiles removes what neither a kept release nor the infrastructure is given.
func (r *rollout) pruneFiles(ctx context.Context, kept []deploy.Release) error {
	used := map[string]bool{}
	for _, one := range kept {
		for _, sum := range one.Files {
			used[sum] = true
		}
		for _, sum := range one.KeptFiles {
			used[sum] = true
		}
	}
	stack, err := remote.Missing(r.Store.Read(ctx, stackFile))
	if err != nil {
		return err
	}
	sums, err := r.Store.Files()
	if err != nil {
		return err
	}
	for _, sum := range sums {
		if used[sum] || strings.Contains(string(stack), path.Join("/files", sum)+"/") {
			continue
		}
		if err := r.Store.RemoveFile(sum); err != nil {
			return err
		}
	}
	return nil
}
