package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Release names the image of a service in a release.
type Release struct {
	Project string // as Compose has it
	Service string
	Release string // the release's ID
}

// Tag is the name that an image keeps on the server, spellbook/…: a kept
// release's survives the user's `docker image prune`.
func (r Release) Tag() string { return "spellbook/" + r.path() + ":" + r.Release }

// at is its name in a registry.
func (r Release) at(address string) string { return address + "/" + r.path() + ":" + r.Release }

func (r Release) path() string { return r.Project + "/" + r.Service }

// Push sends the image that the local engine has under the name source to s,
// and says what it is. platform (os/arch) chooses among several that the
// engine has under that name; "" is its only one. The name that the push needs
// goes again, after an interrupt too.
func (s *Server) Push(ctx context.Context, local *docker.Client, source string, as Release, platform string, progress docker.Progress) (Image, error) {
	ref := as.at(s.Addr())
	if err := local.Tag(ctx, source, ref); err != nil {
		return Image{}, err
	}
	err := errors.Join(local.Push(ctx, ref, s.Auth(), progress), local.Untag(ctx, ref))
	if ctx.Err() != nil {
		return Image{}, context.Cause(ctx)
	}
	if err != nil {
		return Image{}, err
	}
	image, err := s.image(as.path(), as.Release, platform)
	if err != nil {
		return Image{}, fmt.Errorf("look at pushed image %q: %w", source, err)
	}
	return image, nil
}

// Reached reports whether an engine reaches s at address: the local one at
// s.Addr(), which it does not where it has another loopback (a virtual machine,
// another host), or the server's at its end of the tunnel.
func (s *Server) Reached(ctx context.Context, engine *docker.Client, address string) bool {
	return engine.HasRegistry(ctx, address+"/spellbook/probe:1", s.Auth())
}

// Pull has the server's engine, which has the images there, fetch what was
// pushed to s, which it finds at address (HOST:PORT of its own loopback:
// engines ask no TLS of 127.0.0.0/8). The image is then there as as.Tag()
// alone, and is the one that was pushed: see Image. A pull that broke is taken
// up by the next, which fetches again what came since the last step.
func (s *Server) Pull(ctx context.Context, server *docker.Client, address string, image Image, as Release, there []docker.ImageConfig, progress docker.Progress) error {
	err := s.pull(ctx, server, address, image, as, image.shared(there), after(progress, Missing(image, there)))
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (s *Server) pull(ctx context.Context, server *docker.Client, address string, image Image, as Release, shared int, progress func() docker.Progress) error {
	for _, n := range image.steps(shared) {
		if err := s.pullStep(ctx, server, address, image, as, n, progress()); err != nil {
			return err
		}
	}
	ref := as.at(address)
	if err := server.Pull(ctx, ref, s.Auth(), progress()); err != nil {
		return err
	}
	err := verify(ctx, server, ref, image)
	if err == nil {
		err = server.Tag(ctx, ref, as.Tag())
	}
	return errors.Join(err, server.Untag(ctx, ref), server.Untag(ctx, as.partial().Tag()))
}

// after makes of the progress of pulls that follow each other that of all,
// which have so many bytes to fetch.
func after(progress docker.Progress, total int64) func() docker.Progress {
	var done, last int64
	return func() docker.Progress {
		if progress == nil {
			return nil
		}
		done, last = done+last, 0
		return func(current, _ int64) {
			last = current
			progress(done+current, max(total, done+current))
		}
	}
}

// verify holds an engine's image against the one that was sent.
func verify(ctx context.Context, engine *docker.Client, ref string, image Image) error {
	got, found, err := engine.ImageConfig(ctx, ref)
	switch {
	case err != nil:
		return err
	case !found:
		return failure.New(failure.Unexpected, "image %q is not on the server after its transfer", ref).WithHint("run the same again")
	case !image.IsID(got.ID) || len(got.Layers) != len(image.Layers) || image.shared([]docker.ImageConfig{got}) != len(image.Layers):
		return failure.New(failure.Unexpected, "image %q is not the one that was sent: the server has %s, sent was %s", ref, got.ID, image.Config).
			WithHint("is there another registry at this address of the server?")
	}
	return nil
}
