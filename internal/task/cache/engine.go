package cache

import (
	"context"
	"errors"
	"sync"

	"github.com/distribution/reference"
)

// engine is what the Docker engine has said, until a task has run, which may have built
// an image.
type engine struct {
	mu    sync.Mutex
	asked bool
	Engine
	err error
}

var errNoEngine = errors.New("nobody asks the engine")

func (e *engine) ask(ctx context.Context, by func(context.Context) (Engine, error)) (Engine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case by == nil:
		return Engine{}, errNoEngine
	case !e.asked:
		e.asked = true
		e.Engine, e.err = by(ctx)
	}
	return e.Engine, e.err
}

func (e *engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = false
}

// tagged is an image's name as the engine lists it: with its tag, without Docker Hub.
func tagged(image string) string {
	ref, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return image
	}
	return reference.FamiliarString(reference.TagNameOnly(ref))
}
