package buildcontext

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzIgnoreMatchesMobysOwn reads ignore as an ignore file over a tree made of
// paths, one a line, and compares with what BuildKit's own client would send.
func FuzzIgnoreMatchesMobysOwn(f *testing.F) {
	const tree = "src/a.go\nsrc/a_test.go\ndocs/guide/one.md\nREADME.md\nnode_modules/x/index.js\n.git/HEAD\na/b/c/d"
	for _, ignore := range []string{
		"", "# nothing\n", "*\n!src\n", "**/*.go\n!**/*_test.go", "node_modules\n.git\n", "docs\n!docs/guide/*.md",
		"a\n!a/b/c\na/b/c/d", "!a\n", "**\n!**/README.md", "[", "\\", "\ufeffsrc\n!\ufeff*.go", "*\n!a/**/d", "**/b/**\n!**/c",
		"a**\n!a\n", "src/\n!/src/a.go", "a?c\n[a-z]*", "*/b\n!a/b/*\n**/d", "***/x\n!****\n", "\xff*\n!\xff", "a/../b\n!x/../ a",
		"*|e\n!*{2}", "x|docs/*",
	} {
		f.Add(ignore, tree)
	}
	f.Add("\xff\xfe*", "\xff\xfea\n\xffb/c")
	f.Fuzz(func(t *testing.T, ignore, tree string) {
		// moby's scanner complains of every NUL on the terminal, and nothing has one in its name.
		ignore = strings.ReplaceAll(ignore[:min(len(ignore), 1<<12)], "\x00", "")
		dir := t.TempDir()
		plant(t, dir, within(tree))
		_ = os.RemoveAll(filepath.Join(dir, defaultName))
		if err := os.WriteFile(filepath.Join(dir, defaultName), []byte(ignore), 0o600); err != nil {
			t.Fatal(err)
		}
		agree(t.Context(), t, dir)
	})
}

// within are the lines that can be paths below a directory, a few of them.
func within(tree string) []string {
	var paths []string
	for path := range strings.Lines(tree) {
		path = strings.TrimSuffix(path, "\n")
		if filepath.IsLocal(path) && path != "." && !strings.Contains(path, "\x00") && len(path) < 200 {
			paths = append(paths, path)
		}
	}
	return paths[:min(len(paths), 12)]
}
