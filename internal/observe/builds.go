package observe

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sharedkey"
)

// BuildInputs are all that an image is made from, as far as it is on this
// machine or has a digest.
type BuildInputs struct {
	// Trees are the contexts by name; "" is the build's own.
	Trees      map[string]buildcontext.Tree
	Dockerfile string // sha256 of its text; "" where it is elsewhere
	Path       string // the file that was read: see found; "" likewise, and where it is inline
	Text       *dockerfile.File
	Bases      []BaseDigest
	Host       string   // the builder's os/arch
	Remote     []string // what cannot be hashed here: contexts that are elsewhere, what ADD fetches
	Unused     []string // build arguments that the Dockerfile does not know, sorted
	// Mounts are the contexts that are on this machine, Sent all that a builder
	// is sent of this build.
	Mounts []sharedkey.Mount
	Sent   sharedkey.Sent
}

// BuildOptions say where builds' inputs are looked for and remembered.
type BuildOptions struct {
	Dir string // of the indexes
	// Apart are directories that are no input, absolute: what Spellbook remembers,
	// and the local caches that builds read and write.
	Apart []string
	Host  string // the builder's os/arch
	Bases BaseOptions
	Look  bool // what is remembered is used, and not written
	Now   func() time.Time
	Short func(path string) string // a path as people know it
}

// contextsAtOnce bounds the files that are open at once, however many builds
// there are.
const contextsAtOnce = 8

// Builds finds the inputs of builds, all at once; a context that several share
// is read once. What a user can mend is a failure.Preflight error.
func Builds(ctx context.Context, c LocalImages, list []plan.Build, o BuildOptions) (map[string]BuildInputs, error) {
	l := &inputLook{o: o, trees: map[string]func() (buildcontext.Tree, error){}}
	found := make([]BuildInputs, len(list))
	p := pool.New().WithMaxGoroutines(contextsAtOnce).WithContext(ctx).WithFirstError()
	for i, b := range list {
		p.Go(func(ctx context.Context) (err error) {
			found[i], err = l.inputs(ctx, b)
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	if err := bases(ctx, c, list, found, o); err != nil {
		return nil, err
	}
	inputs := map[string]BuildInputs{}
	for i, b := range list {
		inputs[b.Name] = found[i]
	}
	return inputs, nil
}
