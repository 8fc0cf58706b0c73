package load

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// backendUp reports whether the application's own services were up last: what
// is told of the stack, and done to it, is then about them too. A service that
// the user names may be one of them, so that the load without them failed.
func backendUp(ctx context.Context, w *app.Run, s *Session, env string, o Options, failed error) bool {
	own := s.Layout.BackendServices()
	if len(own) == 0 || o.Backend {
		return false
	}
	p := s.Project
	if failed != nil {
		var err error
		if p, err = project.Load(ctx, s.Layout, project.Options{Environ: w.Environ, Env: env}); err != nil {
			return false
		}
	}
	for name := range observe.ReadRecord(p).Digests.Services {
		if slices.Contains(own, name) && !p.Known(name) {
			return true
		}
	}
	return false
}
