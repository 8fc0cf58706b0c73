package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/infinitescribe/spellbook/internal/buildlog"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sbom"
)

// atHand describes the images by what there is without what why says is missing:
// BuildKit's scanner, which often cannot be pulled, or a tool. That is a tool, or
// what Go programs say. Where the tool does not describe all images, that is the
// error; where nothing is there but programs that say nothing, why is.
func (i *inventory) atHand(ctx context.Context, why error) ([]bill, error) {
	if i.o.Tool != "" {
		return nil, why
	}
	if err := i.identify(ctx, false); err != nil {
		return nil, err
	}
	describe, by := i.compiled, "only what Go programs say of themselves is listed"
	if i.tool = firstInstalled(i.Environ, sbomTools...); i.tool != "" {
		describe, by = i.listed, i.tool+" looks into the image instead"
	}
	list, err := i.each(ctx, describe)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil && i.tool != "" {
		return nil, err
	}
	if err != nil {
		return nil, why
	}
	text := why.Error()
	var f *failure.Error
	if errors.As(why, &f) {
		text = f.Message
	}
	i.Run.Tell("warning: %s; %s", i.Project.MaskValues(text), by)
	return list, nil
}

// compiled lists the modules of the Go programs in an image that was built. Its
// files come from the builder's cache.
func (i *inventory) compiled(ctx context.Context, one plan.Build) ([]bill, error) {
	ref, err := i.builtImage(ctx, one)
	if err != nil {
		return nil, err
	}
	target := i.labelled(ctx, one)
	target.Tags, target.SBOM, target.Provenance = nil, "", ""
	builds := append([]plan.Build{target}, i.linkedTo(one)...)
	var modules []sbom.Module
	_, err = i.send(ctx, builds, func(builds []plan.Build) error {
		return i.export(ctx, builds, buildlog.New(func(engine.Note) {}), func(archive io.Reader) (err error) {
			modules, err = sbom.Modules(archive)
			return err
		})
	})
	if err == nil && len(modules) == 0 {
		err = errors.New("there is no Go program in it")
	}
	if err != nil {
		return nil, fmt.Errorf("describe image %q: %w", ref, err)
	}
	b := i.bill(one)
	b.Source = "Go's build information"
	if b.Document, err = sbom.SPDX(ref, modules, time.Unix(target.Epoch, 0)); err == nil {
		b.Packages, err = countPackages(b.Document)
	}
	return []bill{b}, err
}
