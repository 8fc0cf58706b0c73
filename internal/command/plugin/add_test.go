package plugin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestThePathOfAPluginIsTheCallersAndKeptAsTheRootHasIt(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"tools/plain", "plain"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ caller, text, want string }{
		{"", "./tools/plain", "./tools/plain"},
		{"tools", "./plain", "./tools/plain"},
		{"tools", "plain", "./tools/plain"},
		{"tools", "../plain", "./plain"},
		{"tools", "./none", "./tools/none"},
		{"tools", "example.com/plain@v1.2.3", "example.com/plain@v1.2.3"},
		{"tools", "/usr/bin/env", "/usr/bin/env"},
	} {
		w := &app.Run{Dir: root, Environ: []string{"SPELLBOOK_CALLER_DIR=" + filepath.Join(root, c.caller)}}
		s := &load.PluginContext{EnvContext: &load.EnvContext{Run: w, Layout: project.Layout{Root: root}}}
		if got := fromRoot(s, c.text); got != c.want {
			t.Errorf("%s in %q: got %s, want %s", c.text, c.caller, got, c.want)
		}
	}
}
