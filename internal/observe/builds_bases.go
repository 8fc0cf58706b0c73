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

// bases fills in the digests of all builds' base images, each looked up once, and
// what is only known with them: what ADD fetches, which arguments do nothing. An
// image's ONBUILD may name further ones, which are looked up next.
func bases(ctx context.Context, c LocalImages, list []plan.Build, found []BuildInputs, o BuildOptions) error {
	o.Bases.Host = o.Host
	known := map[BaseRef]BaseDigest{}
	for {
		var missing []BaseRef
		for i, b := range list {
			refs, err := references(b, found[i], o.Host, known)
			if err != nil {
				return err
			}
			for _, ref := range refs {
				if _, is := known[ref]; !is {
					missing = append(missing, ref)
				}
			}
		}
		if len(missing) == 0 {
			break
		}
		slices.SortFunc(missing, byRef)
		digests, err := Bases(ctx, c, slices.Compact(missing), o.Bases)
		if err != nil && len(digests) == 0 { // what cannot be remembered is still known
			return fmt.Errorf("look up base images: %w", err)
		}
		for _, d := range digests {
			known[d.BaseRef] = d
		}
	}
	for i, b := range list {
		if err := found[i].fill(b, o.Host, known); err != nil {
			return err
		}
	}
	return nil
}

// fill adds what is known of a build with its base images.
func (in *BuildInputs) fill(b plan.Build, host string, known map[BaseRef]BaseDigest) error {
	refs, err := references(b, *in, host, known)
	if err != nil {
		return err
	}
	var declared []string
	for _, ref := range refs {
		in.Bases = append(in.Bases, known[ref])
		if image := known[ref].Image; image != nil {
			declared = append(declared, image.Declared()...)
		}
	}
	if in.Text == nil {
		return nil
	}
	in.Unused = unused(append(declared, in.Text.Declared()...), b.Args)
	for _, of := range platforms(b) {
		remote, err := in.Text.Remote(dockerfileOptions(b, of, host, known))
		if err != nil {
			return err
		}
		in.Remote = append(in.Remote, remote...)
	}
	slices.Sort(in.Remote)
	in.Remote = slices.Compact(in.Remote)
	return nil
}

// platforms are those that a build is for; "" is the builder's own.
func platforms(b plan.Build) []string {
	if len(b.Platforms) == 0 {
		return []string{""}
	}
	return b.Platforms
}

// reference is an image that a build starts from; of is "" where its platform is the
// builder's own.
func reference(b plan.Build, ref, of, host string) BaseRef {
	if host == "" || of != "" && platform.Same(host, of) {
		of = ""
	}
	return BaseRef{Ref: ref, Platform: of, Pull: b.Pull}
}

// dockerfileOptions are of a build for one platform, with what is known of images.
func dockerfileOptions(b plan.Build, of, host string, known map[BaseRef]BaseDigest) dockerfile.Options {
	return dockerfile.Options{Target: b.Target, Args: b.Args, Platform: of, Host: host, Contexts: b.Contexts,
		Image: func(ref, of string) (dockerfile.Image, bool) {
			image := known[reference(b, ref, of, host)].Image
			if image == nil {
				return dockerfile.Image{}, false
			}
			return *image, true
		}}
}

// references are the images that a build starts from, for all its platforms, and
// the one that reads its Dockerfile.
func references(b plan.Build, in BuildInputs, host string, known map[BaseRef]BaseDigest) ([]BaseRef, error) {
	var refs []BaseRef
	for _, of := range platforms(b) {
		for _, where := range b.Contexts {
			if ref, ok := strings.CutPrefix(where, imageContext); ok {
				refs = append(refs, reference(b, ref, of, host))
			}
		}
		if in.Text == nil {
			continue
		}
		o := dockerfileOptions(b, of, host, known)
		list, err := in.Text.Bases(o)
		if err != nil {
			return nil, err
		}
		for _, base := range list {
			refs = append(refs, reference(b, base.Ref, base.Platform, host))
		}
		if frontend := in.Text.Frontend(o); frontend != "" {
			refs = append(refs, BaseRef{Ref: frontend, Pull: b.Pull, Frontend: true})
		}
	}
	slices.SortFunc(refs, byRef)
	return slices.Compact(refs), nil
}

func byRef(a, b BaseRef) int {
	number := map[bool]int{true: 1}
	return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Platform, b.Platform),
		cmp.Compare(number[a.Pull], number[b.Pull]), cmp.Compare(number[a.Frontend], number[b.Frontend]))
}
