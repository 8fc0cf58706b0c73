package observe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// Where a base image's digest is from.
const (
	BasePinned     = "pinned"     // the reference says it
	BaseEngine     = "engine"     // the ID of the engine's own image
	BaseRegistry   = "registry"   // what the registry says, or said less than MaxAge ago
	BaseRemembered = "remembered" // what it said before; it does not answer now
)

// basePatience is how long a registry may take to answer for one image.
const basePatience = 15 * time.Second

// basesAtOnce bounds the commands that ask registries.
const basesAtOnce = 16

// LocalImages is what Bases needs of an engine's client.
type LocalImages interface {
	// LocalDigest is the ID of the engine's own image of that reference, where it is
	// for a platform; "" is any.
	LocalDigest(ctx context.Context, ref, platform string) (digest string, found bool, err error)
}

// BaseRef is an image that a build starts from, and its platform where that is not
// the builder's own.
type BaseRef struct{ Ref, Platform string }

// BaseOptions say where digests of base images may come from.
type BaseOptions struct {
	Local  bool          // the builder is the engine itself (driver docker): its images go first
	File   string        // what registries said, by reference; "" remembers nothing
	MaxAge time.Duration // for how long that needs no question; 0 asks always
	Now    func() time.Time
	Look   bool // File is used, and not written
	Fresh  bool // ask registries again, however short ago; Local counts nevertheless
	// Ask is the registry: the digest, or why there is none.
	Ask func(ctx context.Context, ref string) (string, error)
}

// BaseDigest is what is known of one base image.
type BaseDigest struct {
	BaseRef
	Digest     string
	Source     string    // one of BasePinned, BaseEngine, BaseRegistry, BaseRemembered; "" with Err
	At         time.Time // when the registry said so; zero for what is pinned or the engine's
	Err        error     // nobody knows a digest: why
	Unanswered error     // with BaseRemembered: why the registry was of no help
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
		wait.Go(func() { found[i], failed[i] = o.look(ctx, c, ref, known[ref.Ref]) })
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
	if _, digest, pinned := strings.Cut(ref.Ref, "@"); pinned {
		return BaseDigest{BaseRef: ref, Digest: digest, Source: BasePinned}, nil
	}
	if o.Local {
		digest, found, err := c.LocalDigest(ctx, ref.Ref, ref.Platform)
		if err != nil {
			return BaseDigest{}, fmt.Errorf("inspect image %q: %w", ref.Ref, err)
		}
		if found {
			return BaseDigest{BaseRef: ref, Digest: digest, Source: BaseEngine}, nil
		}
	}
	return o.registry(ctx, ref, last), nil
}

// registry is what the registry says, or said.
func (o BaseOptions) registry(ctx context.Context, ref BaseRef, last rememberedBase) BaseDigest {
	now := o.Now()
	if age := now.Sub(last.At); !o.Fresh && last.Digest != "" && age >= 0 && age < o.MaxAge {
		return BaseDigest{BaseRef: ref, Digest: last.Digest, Source: BaseRegistry, At: last.At}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, basePatience, fmt.Errorf("no answer within %s", basePatience))
	defer cancel()
	digest, err := o.Ask(ctx, ref.Ref)
	switch {
	case err == nil && digest != "":
		return BaseDigest{BaseRef: ref, Digest: digest, Source: BaseRegistry, At: now}
	case err == nil:
		err = fmt.Errorf("ask the registry for %s: no digest in its answer", ref.Ref)
	case ctx.Err() != nil:
		err = fmt.Errorf("ask the registry for %s: %w", ref.Ref, context.Cause(ctx))
	}
	if last.Digest != "" {
		return BaseDigest{BaseRef: ref, Digest: last.Digest, Source: BaseRemembered, At: last.At, Unanswered: err}
	}
	return BaseDigest{BaseRef: ref, Err: err}
}
