package buildcontext

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
	"pgregory.net/rapid"
)

// sentByMoby lists what BuildKit's own client sends of a context, each path
// with its mode.
func sentByMoby(ctx context.Context, dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, defaultName))
	if err != nil && !gone(err) {
		return nil, err
	}
	excluded, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	plain, err := fsutil.NewFS(dir)
	if err != nil {
		return nil, err
	}
	filtered, err := fsutil.NewFilterFS(plain, &fsutil.FilterOpt{ExcludePatterns: excluded})
	if err != nil {
		return nil, err
	}
	var sent []string
	err = filtered.Walk(ctx, "/", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode()
		if mode&fs.ModeSymlink != 0 {
			mode |= fs.ModePerm // as BuildKit's checksums have it
		}
		sent = append(sent, fmt.Sprintf("%s %v", filepath.ToSlash(path), mode))
		return nil
	})
	slices.Sort(sent)
	return sent, err
}

func sentByUs(ctx context.Context, dir string) ([]string, error) {
	tree, err := Read(ctx, Options{Dir: dir})
	var sent []string
	for _, f := range tree.Files {
		sent = append(sent, fmt.Sprintf("%s %v", f.Path, f.Mode))
	}
	slices.Sort(sent)
	return sent, err
}

// agree makes both read the directory. Where moby refuses, so must we.
func agree(ctx context.Context, t rapid.TB, dir string) {
	t.Helper()
	want, refused := sentByMoby(ctx, dir)
	got, err := sentByUs(ctx, dir)
	if (err != nil) != (refused != nil) {
		t.Fatalf("moby says %v, we say %v", refused, err)
	}
	if err == nil && !slices.Equal(got, want) {
		t.Fatalf("moby sends\n  %s\nwe have\n  %s", strings.Join(want, "\n  "), strings.Join(got, "\n  "))
	}
}

var (
	names    = rapid.SampledFrom([]string{"a", "b", "ab", "a.go", "b.md", ".git", "node_modules", "src", "ä", "x y", "[a]", "^", "!a"})
	segments = rapid.SampledFrom([]string{"a", "b", "ab", "*", "**", "?", "*.go", "a*", "**b", "*.*", "[ab]", "[^a]", "[!a]", `\a`, "\\[a\\]", ".git", "node_modules", "src", "ä", "x y", "..", ".", "^", "a**", "[", "!a", "***", "*|b", "*{2}"})
)

func drawPath(t *rapid.T, from *rapid.Generator[string], label string) string {
	return strings.Join(rapid.SliceOfN(from, 1, 4).Draw(t, label), "/")
}

func drawPattern(t *rapid.T) string {
	begin := rapid.SampledFrom([]string{"", "", "!", "/", "!/", "#", " "}).Draw(t, "begin")
	return begin + drawPath(t, segments, "pattern") + rapid.SampledFrom([]string{"", "", "/", "/**", "/*", " "}).Draw(t, "end")
}

// plant makes files and directories of drawn paths; where a path leads through
// a file, there is none.
func plant(t rapid.TB, dir string, paths []string) {
	for i, path := range paths {
		path = filepath.Join(dir, path)
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		switch i % 5 {
		case 0:
			_ = os.Mkdir(path, 0o700)
		case 1:
			_ = os.Symlink("../a", path)
		default:
			_ = os.WriteFile(path, []byte(path), 0o640)
		}
	}
}

func TestTheSameFilesAreSentAsByMoby(t *testing.T) {
	root, round := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		dir := filepath.Join(root, strconv.Itoa(round))
		try(rt, os.Mkdir(dir, 0o755))
		var paths, lines []string
		for range rapid.IntRange(1, 14).Draw(rt, "paths") {
			paths = append(paths, drawPath(rt, names, "path"))
		}
		for range rapid.IntRange(0, 6).Draw(rt, "patterns") {
			lines = append(lines, drawPattern(rt))
		}
		plant(rt, dir, paths)
		ignore := strings.Join(lines, "\n")
		try(rt, os.WriteFile(filepath.Join(dir, defaultName), []byte(ignore), 0o600))
		agree(t.Context(), rt, dir)
	})
}
