package observe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/platform"
)

// Where a base image's digest is from.
const (
	BasePinned     = "pinned"     // the reference says it
	BaseEngine     = "engine"     // the engine's own image
	BaseRegistry   = "registry"   // what the registry says, or said less than MaxAge ago
	BaseRemembered = "remembered" // what it said before; it does not answer now
)

// basePatience is how long a registry may take to answer for one image.
const basePatience = 15 * time.Second

// failureAge is how long a registry that gave no answer is left alone, at most.
const failureAge = 5 * time.Minute

// basesAtOnce bounds the commands that ask registries.
const basesAtOnce = 16

// LocalImages is what Bases needs of an engine's client.
type LocalImages interface {
	// ImageConfig is that of the engine's own image of that reference.
	ImageConfig(ctx context.Context, ref string) (config docker.ImageConfig, found bool, err error)
	// ImageConfigFor is that for a platform, where the engine has it for several and tells.
	ImageConfigFor(ctx context.Context, ref, platform string) (config docker.ImageConfig, found bool, err error)
}

// BaseRef is an image that a build starts from, and its platform where that is not
// the builder's own.
type BaseRef struct {
	Ref, Platform string
	// Pull has the registry asked each time, though the engine has the image.
	Pull bool
	// Frontend is what reads the Dockerfile (# syntax=). Some engines take their own
	// image of it, others the registry's even without pull: the registry's counts, and
	// the engine's where no registry has ever told.
	Frontend bool
}

// RegistryImage is what a registry says of a reference for one platform.
type RegistryImage struct {
	Manifest string   `json:"manifest"` // digest of what the name stands for
	Content  string   `json:"content"`  // as docker.ImageConfig has it
	Told     bool     `json:"told"`     // Env and OnBuild are what the image says
	Env      []string `json:"env,omitempty"`
	OnBuild  []string `json:"onbuild,omitempty"`
}

// BaseOptions say where digests of base images may come from.
type BaseOptions struct {
	Local  bool          // the builder is the engine itself (driver docker): its images go first
	Host   string        // the builder's os/arch
	File   string        // what registries said, by reference and platform; "" remembers nothing
	MaxAge time.Duration // for how long that needs no question, failureAge at most where it did not answer; 0 asks always
	Now    func() time.Time
	Look   bool // File is used, and not written
	Fresh  bool // ask registries again, however short ago; Local counts nevertheless
	// Ask is the registry: what it has for a platform, or why it has nothing. last is
	// what it said before.
	Ask func(ctx context.Context, ref, platform string, last RegistryImage) (RegistryImage, error)
}

// BaseDigest is what is known of one base image.
type BaseDigest struct {
	BaseRef
	// Digest is the pinned one, else a sum of what the image is (docker.ImageConfig),
	// which an engine of either store and a registry tell alike.
	Digest     string
	Image      *dockerfile.Image // nil where only Digest is known
	Source     string            // one of BasePinned, BaseEngine, BaseRegistry, BaseRemembered; "" with Err
	At         time.Time         // when the registry said so; zero for what is pinned or the engine's
	Asked      time.Time         // when the registry was asked for that, whether it answered or not; zero for what needs no answer of one
	Err        error             // nobody knows a digest: why
	Unanswered error             // with BaseRemembered: why the registry was of no help
	said       rememberedBase    // of a registry: its answer, or that it gave none
}

// Bases finds the digest of each reference, in their order and all at once:
// what is pinned needs no look; then come the engine's own image where Local,
// what the registry said less than MaxAge ago, the registry, and at last what
// it said at any time. A reference that nobody knows has its Err set. The error
// is of an engine that does not answer, or of a memory that cannot be written;
// in the latter case the digests are complete.
func Bases(ctx context.Context, c LocalImages, refs []BaseRef, o BaseOptions) ([]BaseDigest, error) {
	known := readBases(o.File)
	found := make([]BaseDigest, len(refs))
	failed := make([]error, len(refs))
	wait := pool.New().WithMaxGoroutines(basesAtOnce)
	for i, ref := range refs {
		wait.Go(func() { found[i], failed[i] = o.look(ctx, c, ref, known[o.key(ref)]) })
	}
	wait.Wait()
	if err := errors.Join(context.Cause(ctx), first(failed)); err != nil {
		return nil, err
	}
	return found, o.remember(found)
}

// first is the first error of a list; those of one engine are much the same.
func first(list []error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func (o BaseOptions) look(ctx context.Context, c LocalImages, ref BaseRef, last rememberedBase) (BaseDigest, error) {
	_, pin, pinned := strings.Cut(ref.Ref, "@")
	if pinned || !ref.Pull && !ref.Frontend {
		own, err := o.engine(ctx, c, ref)
		if err != nil || own.Digest != "" && !pinned {
			return own, err
		}
		if pinned {
			return BaseDigest{BaseRef: ref, Digest: pin, Image: own.Image, Source: BasePinned}, nil
		}
	}
	said := o.registry(ctx, ref, last)
	if said.Err != nil && ref.Frontend {
		if own, err := o.engine(ctx, c, ref); err != nil || own.Digest != "" {
			own.said = said.said
			return own, err
		}
	}
	return said, nil
}

// engine is the engine's own image, where it is the builder; without a digest it has none.
func (o BaseOptions) engine(ctx context.Context, c LocalImages, ref BaseRef) (BaseDigest, error) {
	if !o.Local {
		return BaseDigest{}, nil
	}
	config, found, err := c.ImageConfig(ctx, ref.Ref)
	if found && err == nil && ref.Platform != "" && !platform.Same(ref.Platform, config.Platform) {
		if exact, has, wrong := c.ImageConfigFor(ctx, ref.Ref, ref.Platform); has || wrong != nil {
			config, err = exact, wrong
		}
	}
	if err != nil {
		return BaseDigest{}, fmt.Errorf("inspect image %q: %w", ref.Ref, err)
	}
	if !found || ref.Platform != "" && !platform.Runs(ref.Platform, config.Platform) {
		return BaseDigest{}, nil
	}
	return BaseDigest{BaseRef: ref, Digest: config.Content, Image: &dockerfile.Image{Env: config.Environ, OnBuild: config.OnBuild}, Source: BaseEngine}, nil
}

// platform is what a registry is asked for.
func (o BaseOptions) platform(ref BaseRef) string { return cmp.Or(ref.Platform, o.Host) }

// key is where a registry's answer is remembered.
func (o BaseOptions) key(ref BaseRef) string {
	return strings.TrimSpace(ref.Ref + " " + o.platform(ref))
}

// registry is what the registry says, or said.
func (o BaseOptions) registry(ctx context.Context, ref BaseRef, last rememberedBase) BaseDigest {
	now := o.Now()
	if believe := !o.Fresh && !ref.Pull; believe && last.Content != "" && within(now.Sub(last.At), o.MaxAge) {
		return last.digest(ref, BaseRegistry)
	} else if believe && last.Why != "" && within(now.Sub(last.Tried), min(failureAge, o.MaxAge)) {
		return last.unanswered(ref, errors.New(last.Why))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, basePatience, fmt.Errorf("no answer within %s", basePatience))
	defer cancel()
	image, err := o.Ask(ctx, ref.Ref, o.platform(ref), last.RegistryImage)
	switch {
	case err == nil && image.Content != "":
		return rememberedBase{RegistryImage: image, At: now}.digest(ref, BaseRegistry)
	case err == nil:
		err = fmt.Errorf("ask the registry for %s: no digest in its answer", ref.Ref)
	case ctx.Err() != nil:
		err = fmt.Errorf("ask the registry for %s: %w", ref.Ref, context.Cause(ctx))
	}
	last.Tried, last.Why = now, err.Error()
	return last.unanswered(ref, err)
}

// within: a moment to come is of a clock that was wrong.
func within(age, most time.Duration) bool { return age >= 0 && age < most }
