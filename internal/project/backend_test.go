package project_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/project"
)

func TestTheBackendsServicesAreThoseThatItIncludesAsWell(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"compose/docker-compose.backend.yml": "include: [svc/a.yml, {path: svc/b.yml}, {path: [svc/c.yml, svc/d.yml]}]\nservices: {own: {image: x}}\n",
		"compose/svc/a.yml":                  "include: [b.yml]\nservices: {a: {image: x}}\n",
		"compose/svc/b.yml":                  "include: [a.yml]\nservices: {b: {image: x}}\n",
		"compose/svc/c.yml":                  "services: {c: {image: x}}\n",
		"compose/svc/d.yml":                  "services: {c: {image: y}, d: !override {image: x}}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	layout := project.Layout{Root: root, ComposeDir: "compose"}
	if got := layout.BackendServices(); !slices.Equal(got, []string{"a", "b", "c", "d", "own"}) {
		t.Errorf("got %v", got)
	}
}
