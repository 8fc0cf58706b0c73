package infra

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

func TestThePageOfATimelineIsWrittenWhereTheUserIs(t *testing.T) {
	r := commandtest.NewRepository(t)
	line := timeline.Timeline{Version: timeline.Version, Project: "demo"}
	if err := line.Write(filepath.Join(r.Dir, ".spellbook/demo/timeline.json")); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(r.Dir, "apps")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	r.Env = append(r.Env, "SPELLBOOK_CALLER_DIR="+inside)
	page := func(file string) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return Timeline(ctx, w, false, file) }
	}
	r.Run(page("last.html")).Want(t, failure.OK, "wrote last.html")
	if text := r.Read("apps/last.html"); !strings.Contains(text, "demo") {
		t.Errorf("this is not the page:\n%s", text)
	}
	r.Run(page("none/last.html")).Want(t, failure.Preflight, "-html: none/last.html cannot be written", "mkdir -p "+filepath.Join(inside, "none"))
}
