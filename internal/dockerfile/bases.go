package dockerfile

import (
	"cmp"
	"slices"
)

// Options say which build of a Dockerfile is meant.
type Options struct {
	Target   string            // the stage's name; "" is the last
	Args     map[string]string // build arguments given
	Platform string            // of the build, os/arch[/variant]; "" is the builder's own, Host
	Host     string            // the builder's os/arch; "" leaves BUILD* and, without Platform, TARGET* unset
	Contexts map[string]string // named contexts, which take the place of images and stages of that name
	// Image is what an image from elsewhere says, by a Base's Ref and Platform; nil
	// knows none.
	Image func(ref, platform string) (Image, bool)
}

// Image is what an image from elsewhere brings into the stages that are made
// from it.
type Image struct {
	Env     []string // NAME=value
	OnBuild []string // instructions, without ONBUILD
}

// Base is an image from elsewhere that a stage is made from or copies from.
type Base struct {
	// Ref is the image as Docker prints it, with its tag: golang:1.26,
	// lab/base:latest, example.com/a:1@sha256:….
	Ref string
	// Platform is that of --platform, else of the build; "" is the builder's own.
	Platform string
	Line     int    // of the first instruction that names it
	Stage    string // where that is: a name, or the index of one without
}

// Bases are the images that the target and the stages it needs come from:
// FROM, COPY --from and RUN --mount=from, those that ONBUILD of a stage lays
// upon the next one included. They are sorted by Ref, one for each platform.
// Scratch, stages and named contexts are none of them. What an image's own
// ONBUILD brings in is among them where Options.Image knows the image.
//
// A FROM that comes to nothing or to no valid name, since an argument is not
// set, is a failure.Preflight with line and hint, wherever it stands; a target
// that is no stage is a failure.Usage.
func (f *File) Bases(o Options) ([]Base, error) {
	_, bases, _, err := f.reach(o)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(bases, func(a, b Base) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Line, b.Line))
	})
	return slices.CompactFunc(bases, func(a, b Base) bool { return a.Ref == b.Ref && a.Platform == b.Platform }), nil
}

// reach is the graph of the stages, the images that the target and the stages it needs
// come from, and which stages those are.
func (f *File) reach(o Options) (*graph, []Base, map[int]bool, error) {
	g, err := f.graph(o)
	if err != nil {
		return nil, nil, nil, err
	}
	target, err := f.target(o.Target)
	if err != nil {
		return nil, nil, nil, err
	}
	bases, needed, err := g.reach(target)
	return g, bases, needed, err
}
