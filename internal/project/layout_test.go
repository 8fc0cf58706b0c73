package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheRootIsWhereTheComposeFilesAreNearest(t *testing.T) {
	t.Parallel()
	for files, want := range map[string][3]string{ // root, ComposeDir and EnvLink, from src/deep
		"compose/compose.yaml":                        {".", "compose", ".env"},
		"compose.yaml":                                {".", ".", ".env"},
		"compose.yaml compose/compose.yaml":           {".", "compose", ".env"},
		"compose.yaml src/compose/docker-compose.yml": {"src", "compose", ".env"},
		"compose/compose.yaml src/docker-compose.yml": {"src", ".", ".env"},
		"go.mod":                                                {".", "compose", ".env"},
		"compose/compose.yaml compose/.env":                     {".", "compose", "compose/.env"},
		"compose/compose.yaml compose/.env .env":                {".", "compose", ".env"},
		"compose.yaml src/deep/compose/compose.yaml src/go.mod": {"src/deep", "compose", ".env"},
	} {
		root := t.TempDir()
		for _, name := range append(strings.Fields(files), "src/deep/x") {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := Layout{Root: FindRoot(Layout{}, filepath.Join(root, "src/deep"))}.WithDefaults()
		if got := [3]string{l.Root, l.ComposeDir, l.EnvLink}; got != [3]string{filepath.Join(root, want[0]), want[1], want[2]} {
			t.Errorf("%s: %q", files, got)
		}
	}
	// Somebody who stands in the Compose directory is in the repository above it.
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "compose"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "compose", "compose.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := FindRoot(Layout{}, filepath.Join(root, "compose")); got != root {
		t.Errorf("root %s, want %s", got, root)
	}
}
