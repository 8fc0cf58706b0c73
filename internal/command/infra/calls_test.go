package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
)

type (
	repository = commandtest.Repository
	engineOf   = commandtest.Engine
	scene      = commandtest.Scene
)

func upCall(o UpOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Up(ctx, w, o) }
}

func downCall(o DownOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Down(ctx, w, o) }
}

// onServices are the targets that take services and nothing else.
func onServices(do func(context.Context, *app.Run, []string) error, services ...string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, services) }
}
