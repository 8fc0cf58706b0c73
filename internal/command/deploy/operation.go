// Package deploy holds the deploy:* commands that change what a server runs: the
// options of each, its run, and what it shows. What a release is and what is to be
// done about it is decided in internal/deploy; a release's containers are brought to
// ready as infra:up does.
package deploy

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// operation is one of them at work.
type operation struct {
	*remote.Operation

	sends *registry.Sender // nil until an image is sent, or packed
}

// with opens the environment and its server for a target, and runs it guarded.
func with(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *operation) error) error {
	return remote.With(ctx, w, env, target, carried(do))
}

// looking is with for a target that only looks.
func looking(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *operation) error) error {
	return remote.Looking(ctx, w, env, target, carried(do))
}

func carried(do func(context.Context, *operation) error) func(context.Context, *remote.Operation) error {
	return func(ctx context.Context, op *remote.Operation) error {
		o := &operation{Operation: op}
		defer o.endTransfer()
		return do(ctx, o)
	}
}

// endTransfer closes the registry: it forgets layers that none has needed for long.
func (o *operation) endTransfer() {
	if o.sends != nil {
		o.Run.NoteUnsaved(o.sends.Close())
	}
}
