package deploy

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// prune forgets the releases that are more than are kept, and then images and files
// that none of the others was made from. What serves stays.
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
	}
	stack, err := remote.Missing(r.Store.Read(ctx, stackFile))
	if err != nil {
		return err
	}
	names, err := r.unusedImages(ctx, kept, string(stack))
	if err != nil {
		return err
	}
	if len(names) > 0 {
		p.Add(plan.Step{ID: "remove images", Cause: "of no kept release", Action: plan.RemoveImages{Refs: names}})
	}
	if err := r.walk(ctx, r.atServer(), p, "old releases"); err != nil {
		return err
	}
	var ids []string
	for _, one := range kept {
		ids = append(ids, one.ID)
	}
	return errors.Join(r.pruneDumps(ids), r.pruneFiles(kept, string(stack)), r.Store.RemoveUnfinished())
}

// unusedImages are the project's names of images that neither a kept release nor the
// infrastructure has, nor any container: of older releases, of an infrastructure that
// was updated, and of runs that were cut short before they wrote their release.
func (r *rollout) unusedImages(ctx context.Context, kept []deploy.Release, stack string) ([]string, error) {
	used := map[string]bool{}
	for _, one := range kept {
		for _, s := range one.Services {
			used[s.Image] = true
		}
	}
	containers, err := r.Engine.EveryContainer(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range containers {
		used[c.Image] = true
	}
	names, err := r.Engine.ImageNames(ctx, deploy.ImagePrefix(r.Settings.Name)+"*")
	return slices.DeleteFunc(names, func(name string) bool {
		return used[name] || !strings.HasPrefix(name, deploy.ImagePrefix(r.Settings.Name)) || strings.Contains(stack, name)
	}), err
}

// pruneFiles removes what neither a kept release nor the infrastructure is given, where
// what that is given is written down.
func (r *rollout) pruneFiles(kept []deploy.Release, stack string) error {
	if stack == "" && len(r.wanted.Services) > 0 {
		return nil
	}
	used := map[string]bool{}
	for _, one := range kept {
		for _, sum := range one.Files {
			used[sum] = true
		}
		for _, sum := range one.KeptFiles {
			used[sum] = true
		}
	}
	sums, err := r.Store.Files()
	if err != nil {
		return err
	}
	for _, sum := range sums {
		if used[sum] || strings.Contains(stack, path.Join("/files", sum)+"/") {
			continue
		}
		if err := r.Store.RemoveFile(sum); err != nil {
			return err
		}
	}
	return nil
}
