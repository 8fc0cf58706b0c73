package env

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
)

// calls are the targets in the order of the transcript; each sees what those
// before it did.
func envCalls() []commandtest.Command {
	return []commandtest.Command{
		{"env:list", listCall},
		{"env:show", showCall(ShowOptions{})},
		{"env:show -json", showCall(ShowOptions{JSON: true})},
		{"env:show -reveal", showCall(ShowOptions{Reveal: true})},
		{"env:explain DB_PORT", explainCall("DB_PORT")},
		{"env:explain DB_PASSWORD", explainCall("DB_PASSWORD")},
		{"env:explain DB_PASSWORD -json", func(ctx context.Context, w *app.Run) error { return Explain(ctx, w, "DB_PASSWORD", true) }},
		{"env:explain LEVEL", explainCall("LEVEL")},
		{"env:explain DATABASE_URL", explainCall("DATABASE_URL")},
		{"env:explain DB_PROT", explainCall("DB_PROT")},
		{"env:explain NOBODY", explainCall("NOBODY")},
		{"env:check", checkCall(CheckOptions{})},
		{"env:check -env=old", checkCall(CheckOptions{Env: "old"})},
		{"env:check -env=old -json", checkCall(CheckOptions{Env: "old", JSON: true})},
		{"env:check -env=lod", checkCall(CheckOptions{Env: "lod"})},
		{"env:diff local old", diffCall("local", "old")},
		{"env:diff local local", diffCall("local", "local")},
		{"env:diff local qa", diffCall("local", "qa")},
		{"env:sync -env=old -dry", syncCall(SyncOptions{Env: "old", Dry: true})},
		{"env:sync -env=old", syncCall(SyncOptions{Env: "old"})},
		{"env:sync -env=old -yes", syncCall(SyncOptions{Env: "old", Yes: true})},
		{"env:sync -env=old", syncCall(SyncOptions{Env: "old"})},
		{"env:set DB_PORT=5434", setCall("DB_PORT=5434", "")},
		{"env:set DB_PORT=5434", setCall("DB_PORT=5434", "")},
		{"env:set DB_PORT=x", setCall("DB_PORT=x", "")},
		{"env:set DB_PROT=5434 -env=old", setCall("DB_PROT=5434", "old")},
		{"env:set DB_PASSWORD=canary-argument", setCall("DB_PASSWORD=canary-argument", "")},
		{"env:set DB_IMAGE=http://u:canary-in-url@x", setCall("DB_IMAGE=http://u:canary-in-url@x", "")},
		{"env:set DB_PASSWORD", setCall("DB_PASSWORD", "")},
		{"env:set", setCall("", "")},
		{"env:set =1", setCall("=1", "")},
		{"env:rotate DB_PASSWORD", rotateCall("DB_PASSWORD", "")},
		{"env:rotate DB_PASSWORD -env=old", rotateCall("DB_PASSWORD", "old")},
		{"env:rotate DB_PORT", rotateCall("DB_PORT", "")},
		{"env:rotate DB_PASWORD", rotateCall("DB_PASWORD", "")},
		{"env:rotate DATABASE_URL", rotateCall("DATABASE_URL", "")},
		{"env:export", exportCall(ExportOptions{})},
		{"env:export -prefix=VITE_", exportCall(ExportOptions{Prefix: "VITE_"})},
		{"env:export -prefix=VITE_ -format=github", exportCall(ExportOptions{Prefix: "VITE_", Format: "github"})},
		{"env:export -only=DB_PORT,LEVEL -format=json", exportCall(ExportOptions{Only: []string{"DB_PORT", "LEVEL"}, Format: "json"})},
		{"env:export -only=DB_PROT", exportCall(ExportOptions{Only: []string{"DB_PROT"}})},
		{"env:export -format=xml", exportCall(ExportOptions{Format: "xml"})},
		{"env:template", templateCall},
		{"env:use old", useCall("old")},
		{"env:use dev", useCall("dev")},
		{"env:use tets", useCall("tets")},
		{"env:use local", useCall("local")},
	}
}

func TestEnvTargetsSayWhatTheirTranscriptSays(t *testing.T) {
	r := commandtest.NewRepository(t)
	text := r.Transcript("testdata/env.golden", envCalls())
	for line := range strings.Lines(text) {
		if strings.Contains(line, "canary") && !strings.HasPrefix(line, "$ ") {
			t.Errorf("a secret shows: %s", line)
		}
	}
}
