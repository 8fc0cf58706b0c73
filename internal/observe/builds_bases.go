package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/platform"
)

// bases fills in the digests of all builds' base images, each looked up once.
func bases(ctx context.Context, c LocalImages, list []plan.Build, found []BuildInputs, o BuildOptions) error {
	refs := make([][]BaseRef, len(list))
	for i, b := range list {
		var err error
		if refs[i], err = references(b, found[i], o.Host); err != nil {
			return err
		}
	}
	for _, pull := range []bool{false, true} {
		local := o.Bases
		if pull { // who pulls starts from what is in the registry now
			local.Local, local.MaxAge = false, 0
		}
		if err := digests(ctx, c, list, refs, found, pull, local); err != nil {
			return err
		}
	}
	return nil
}

// digests fills in those of the builds that pull, or of those that do not.
func digests(ctx context.Context, c LocalImages, list []plan.Build, refs [][]BaseRef, found []BuildInputs, pull bool, o BaseOptions) error {
	var all []BaseRef
	for i, b := range list {
		if b.Pull == pull {
			all = append(all, refs[i]...)
		}
	}
	slices.SortFunc(all, byRef)
	known, err := Bases(ctx, c, slices.Compact(all), o)
	if err != nil && len(known) == 0 { // what cannot be remembered is still known
		return fmt.Errorf("look up base images: %w", err)
	}
	for i, b := range list {
		for _, d := range known {
			if b.Pull == pull && slices.Contains(refs[i], d.BaseRef) {
				found[i].Bases = append(found[i].Bases, d)
			}
		}
	}
	return nil
}

// references are the images that a build starts from, for all its platforms.
func references(b plan.Build, in BuildInputs, host string) ([]BaseRef, error) {
	var refs []BaseRef
	for _, where := range b.Contexts {
		if ref, ok := strings.CutPrefix(where, imageContext); ok {
			refs = append(refs, BaseRef{Ref: ref})
		}
	}
	if in.Text == nil {
		return refs, nil
	}
	platforms := b.Platforms
	if len(platforms) == 0 {
		platforms = []string{""}
	}
	for _, of := range platforms {
		list, err := in.Text.Bases(dockerfile.Options{Target: b.Target, Args: b.Args, Platform: of, Host: host, Contexts: b.Contexts})
		if err != nil {
			return nil, err
		}
		for _, base := range list {
			one := BaseRef{Ref: base.Ref}
			if host != "" && base.Platform != "" && !platform.Same(host, base.Platform) {
				one.Platform = base.Platform
			}
			refs = append(refs, one)
		}
	}
	slices.SortFunc(refs, byRef)
	return slices.Compact(refs), nil
}

func byRef(a, b BaseRef) int {
	return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Platform, b.Platform))
}
