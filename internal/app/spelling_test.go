package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestTheErrorOfADocumentIsSpelledToo(t *testing.T) {
	var out bytes.Buffer
	w := &Run{Out: &out, Err: &out, Spelling: Spelling{Program: "scripts/mage"}}
	failed := func(text string, code int) any { return map[string]any{"error": text, "exit_code": code} }
	_ = w.OneDocument(true, failed, func(*Run) error { return failure.New(failure.Preflight, "mage infra:up comes first") })
	if !strings.Contains(out.String(), `"scripts/mage infra:up comes first"`) {
		t.Error(out.String())
	}
}

func TestCommandsAreSpelledAsTheUserCalled(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "package.json"), []byte(`{"scripts": {"infra:up": "scripts/mage infra:up", "infra:logs": "scripts/mage infra:logs"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const text = "mage infra:logs -tail=200, then mage kafka:topics; mage -l; image infra:up; by mage itself"
	script := "npm_lifecycle_event=infra:up"
	for want, environ := range map[string][]string{
		text: nil,
		"scripts/mage infra:logs -tail=200, then scripts/mage kafka:topics; scripts/mage -l; image infra:up; by mage itself": {"SPELLBOOK_COMMAND=scripts/mage"},
		"'/a b/mage' infra:logs -tail=200, then '/a b/mage' kafka:topics; '/a b/mage' -l; image infra:up; by mage itself":    {"SPELLBOOK_COMMAND=/a b/mage"},
		"pnpm run infra:logs -tail=200, then scripts/mage kafka:topics; scripts/mage -l; image infra:up; by mage itself":     {"SPELLBOOK_COMMAND=scripts/mage", "npm_config_user_agent=pnpm/12.21.0 npm/?", script},
		"npm run infra:logs -- -tail=200, then scripts/mage kafka:topics; scripts/mage -l; image infra:up; by mage itself":   {"SPELLBOOK_COMMAND=scripts/mage", "npm_config_user_agent=npm/11.0.0", script},
		"./mage infra:logs -tail=200, then ./mage kafka:topics; ./mage -l; image infra:up; by mage itself":                   {"SPELLBOOK_COMMAND=./mage", "npm_config_user_agent=pnpm/12.21.0", "npm_lifecycle_event=dev"}, // a script of theirs that calls us
		"go tool mage infra:logs -tail=200, then go tool mage kafka:topics; go tool mage -l; image infra:up; by mage itself": {"MAGEFILE_GOCMD=go", "PATH=/nowhere"},
	} {
		if got := SpellingOf(environ, root, "infra:up").Spell(text); got != want {
			t.Errorf("%q: got  %s\nwant %s", environ, got, want)
		}
	}
}
