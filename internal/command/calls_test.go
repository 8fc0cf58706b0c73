// Package command is the home of its sub-packages, one a namespace of targets;
// these tests are about several of them at once.
package command

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
)

func checkCall(o env.CheckOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return env.Check(ctx, w, o) }
}

func exportCall(o env.ExportOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return env.Export(ctx, w, o) }
}

func invokeCommand(c plugin.Call) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return plugin.Invoke(ctx, w, c) }
}
