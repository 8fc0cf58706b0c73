package env

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
)

func useCall(name string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Use(ctx, w, name, "env:use "+name) }
}

func checkCall(o CheckOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Check(ctx, w, o) }
}

func showCall(o ShowOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Show(ctx, w, o) }
}

func listCall(ctx context.Context, w *app.Run) error { return List(ctx, w, false) }

func explainCall(name string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Explain(ctx, w, name, false) }
}

func diffCall(a, b string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Diff(ctx, w, a, b, false) }
}

func syncCall(o SyncOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Sync(ctx, w, o) }
}

func setCall(assignment, env string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Set(ctx, w, assignment, env) }
}

func rotateCall(name, env string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Rotate(ctx, w, name, env) }
}

func exportCall(o ExportOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Export(ctx, w, o) }
}

func templateCall(ctx context.Context, w *app.Run) error { return Template(ctx, w) }
