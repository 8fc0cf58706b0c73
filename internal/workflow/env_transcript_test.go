package workflow

import (
	"os"
	"strings"
	"testing"
)

// calls are the targets in the order of the transcript; each sees what those
// before it did.
func envCalls() []struct {
	line string
	do   target
} {
	return []struct {
		line string
		do   target
	}{
		{"env:list", list},
		{"env:show", show(EnvShowOptions{})},
		{"env:show -json", show(EnvShowOptions{JSON: true})},
		{"env:show -reveal", show(EnvShowOptions{Reveal: true})},
		{"env:explain DB_PORT", explain("DB_PORT")},
		{"env:explain DB_PASSWORD", explain("DB_PASSWORD")},
		{"env:explain LEVEL", explain("LEVEL")},
		{"env:explain DATABASE_URL", explain("DATABASE_URL")},
		{"env:explain DB_PROT", explain("DB_PROT")},
		{"env:explain NOBODY", explain("NOBODY")},
		{"env:check", check(EnvCheckOptions{})},
		{"env:check -env=old", check(EnvCheckOptions{Env: "old"})},
		{"env:check -env=old -json", check(EnvCheckOptions{Env: "old", JSON: true})},
		{"env:check -env=lod", check(EnvCheckOptions{Env: "lod"})},
		{"env:diff local old", diff("local", "old")},
		{"env:diff local local", diff("local", "local")},
		{"env:diff local qa", diff("local", "qa")},
		{"env:sync -env=old -dry", syncEnv(EnvSyncOptions{Env: "old", Dry: true})},
		{"env:sync -env=old", syncEnv(EnvSyncOptions{Env: "old"})},
		{"env:sync -env=old -yes", syncEnv(EnvSyncOptions{Env: "old", Yes: true})},
		{"env:sync -env=old", syncEnv(EnvSyncOptions{Env: "old"})},
		{"env:set DB_PORT=5434", set("DB_PORT=5434", "")},
		{"env:set DB_PORT=5434", set("DB_PORT=5434", "")},
		{"env:set DB_PORT=x", set("DB_PORT=x", "")},
		{"env:set DB_PROT=5434 -env=old", set("DB_PROT=5434", "old")},
		{"env:set DB_PASSWORD=canary-argument", set("DB_PASSWORD=canary-argument", "")},
		{"env:set DB_IMAGE=http://u:canary-in-url@x", set("DB_IMAGE=http://u:canary-in-url@x", "")},
		{"env:set DB_PASSWORD", set("DB_PASSWORD", "")},
		{"env:set", set("", "")},
		{"env:set =1", set("=1", "")},
		{"env:rotate DB_PASSWORD", rotate("DB_PASSWORD", "")},
		{"env:rotate DB_PASSWORD -env=old", rotate("DB_PASSWORD", "old")},
		{"env:rotate DB_PORT", rotate("DB_PORT", "")},
		{"env:rotate DB_PASWORD", rotate("DB_PASWORD", "")},
		{"env:rotate DATABASE_URL", rotate("DATABASE_URL", "")},
		{"env:export", export(EnvExportOptions{})},
		{"env:export -prefix=VITE_", export(EnvExportOptions{Prefix: "VITE_"})},
		{"env:export -prefix=VITE_ -format=github", export(EnvExportOptions{Prefix: "VITE_", Format: "github"})},
		{"env:export -only=DB_PORT,LEVEL -format=json", export(EnvExportOptions{Only: []string{"DB_PORT", "LEVEL"}, Format: "json"})},
		{"env:export -only=DB_PROT", export(EnvExportOptions{Only: []string{"DB_PROT"}})},
		{"env:export -format=xml", export(EnvExportOptions{Format: "xml"})},
		{"env:template", template},
		{"env:use old", use("old")},
		{"env:use dev", use("dev")},
		{"env:use tets", use("tets")},
		{"env:use local", use("local")},
	}
}

func TestEnvTargetsSayWhatTheirTranscriptSays(t *testing.T) {
	r := newEnvRepository(t)
	var b strings.Builder
	for _, call := range envCalls() {
		b.WriteString("$ mage " + call.line + "\n" + r.run(call.do).String())
	}
	const path = "testdata/env.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || b.String() != string(want) {
		t.Errorf("%s differs (%v), got:\n%s", path, err, b.String())
	}
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "canary") && !strings.HasPrefix(line, "$ ") {
			t.Errorf("a secret shows: %s", line)
		}
	}
}
