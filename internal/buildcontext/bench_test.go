package buildcontext

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// many are the files of the benchmarks: twenty thousand in a thousand directories.
func many(b *testing.B) Options {
	b.Helper()
	dir := b.TempDir()
	for i := range 20_000 {
		path := filepath.Join(dir, fmt.Sprintf("part-%02d/package_%02d/module-%d/file%02d.go", i/2000, i/200%10, i/20%10, i%20))
		if i%20 == 0 {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(path, []byte(strings.Repeat(fmt.Sprintln(i), 300)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	ignore := ".git\n**/node_modules\n**/__pycache__\n**/*.pyc\n**/*.test\ndist/**\n*.md\n!README.md\n**/.env*\n**/coverage/**\n"
	if err := os.WriteFile(filepath.Join(dir, defaultName), []byte(ignore), 0o600); err != nil {
		b.Fatal(err)
	}
	late := func() time.Time { return modified(b, filepath.Join(dir, defaultName)).Add(time.Hour) }
	return Options{Dir: dir, Index: filepath.Join(b.TempDir(), "index"), Now: late}
}

func BenchmarkTwentyThousandFilesUnchanged(b *testing.B) {
	o := many(b)
	if _, err := Read(b.Context(), o); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tree, err := Read(b.Context(), o)
		if err != nil || len(tree.Files) < 20_000 || tree.Digest() == "" {
			b.Fatal(len(tree.Files), err)
		}
	}
}

func BenchmarkTwentyThousandFilesWithoutAnIndex(b *testing.B) {
	o := many(b)
	o.Index = ""
	for b.Loop() {
		tree, err := Read(b.Context(), o)
		if err != nil || len(tree.Files) < 20_000 || tree.Digest() == "" {
			b.Fatal(len(tree.Files), err)
		}
	}
}
