package workflow

import (
	"context"
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// backendUp reports whether the application's own services were up last: what
// is told of the stack, and done to it, is then about them too. A service that
// the user names may be one of them, so that the load without them failed.
func (w *Workflow) backendUp(ctx context.Context, s *session, env string, o sessionOptions, failed error) bool {
	own := s.layout.BackendServices()
	if len(own) == 0 || o.backend {
		return false
	}
	p := s.project
	if failed != nil {
		var err error
		if p, err = project.Load(ctx, s.layout, project.Options{Environ: w.Environ, Env: env}); err != nil {
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
