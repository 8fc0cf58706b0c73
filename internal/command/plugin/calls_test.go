package plugin

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/env"
)

func checkCall(o env.CheckOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return env.Check(ctx, w, o) }
}
