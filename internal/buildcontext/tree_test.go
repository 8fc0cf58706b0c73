package buildcontext

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// write makes files of name and content; a name that ends with / is a directory.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			try(t, os.MkdirAll(path, 0o755))
			continue
		}
		try(t, os.WriteFile(path, []byte(content), 0o644))
	}
}

func try(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, o Options) Tree {
	t.Helper()
	tree, err := Read(t.Context(), o)
	try(t, err)
	return tree
}

func paths(files []File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Path)
	}
	return strings.Join(all, " ")
}

func modified(t testing.TB, path string) time.Time {
	t.Helper()
	info, err := os.Lstat(path)
	try(t, err)
	return info.ModTime()
}

func TestATreeHoldsFilesDirectoriesAndLinksByPath(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/b": "hello", "a.txt": "", "empty/": ""})
	try(t, os.Chmod(filepath.Join(dir, "a/b"), 0o755|fs.ModeSetuid))
	try(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	tree := read(t, Options{Dir: dir})
	want := []File{
		{Path: "a", Mode: fs.ModeDir | 0o755},
		{Path: "a.txt", Mode: 0o644, Sum: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{Path: "a/b", Mode: 0o755 | fs.ModeSetuid, Size: 5, Sum: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
		{Path: "empty", Mode: fs.ModeDir | 0o755},
		{Path: "loop", Mode: fs.ModeSymlink | 0o777, Size: 4},
	}
	// The sum of a link is that of its target as a file.
	word := t.TempDir()
	write(t, word, map[string]string{"word": "loop"})
	want[4].Sum = read(t, Options{Dir: word}).Files[0].Sum
	for i, f := range tree.Files {
		if !f.Mode.IsDir() && f.ModTime != modified(t, filepath.Join(dir, f.Path)).UnixNano() {
			t.Errorf("the time of %s is %d", f.Path, f.ModTime)
		}
		f.ModTime, f.ChangeTime = 0, 0
		if i >= len(want) || f != want[i] {
			t.Errorf("got %+v", f)
		}
	}
	if len(tree.Files) != len(want) || tree.Ignore != "" {
		t.Errorf("got %s by %q", paths(tree.Files), tree.Ignore)
	}
}

func TestOnlyWhatCountsChangesTheDigest(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(path string) error
		count bool
	}{
		"times":      {func(p string) error { return os.Chtimes(p, time.Unix(1, 0), time.Unix(2, 0)) }, false},
		"content":    {func(p string) error { return os.WriteFile(p, []byte("hellO"), 0o600) }, true},
		"mode":       {func(p string) error { return os.Chmod(p, 0o755) }, true},
		"sticky bit": {func(p string) error { return os.Chmod(p, 0o644|fs.ModeSticky) }, true},
		"name":       {func(p string) error { return os.Rename(p, p+"2") }, true},
		"kind":       {func(p string) error { return replaceWith(p, func() error { return os.Symlink("hello", p) }) }, true},
		"directory":  {func(p string) error { return os.Mkdir(p+"2", 0o755) }, true},
		"same again": {func(p string) error { return os.WriteFile(p, []byte("hello"), 0o600) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"a/b": "hello"})
			before := read(t, Options{Dir: dir}).Digest()
			try(t, test.do(filepath.Join(dir, "a/b")))
			if after := read(t, Options{Dir: dir}).Digest(); (after != before) != test.count {
				t.Errorf("before %s, after %s", before, after)
			}
		})
	}
}

func replaceWith(path string, create func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return create()
}

func TestNoTwoTreesGiveOneDigestByTheirBorders(t *testing.T) {
	one := Tree{Files: []File{{Path: "a", Sum: "b"}, {Path: "c"}}}
	other := Tree{Files: []File{{Path: "a"}, {Path: "b", Sum: "c"}}}
	if one.Digest() == other.Digest() || (Tree{}).Digest() == one.Digest() {
		t.Error("borders do not count")
	}
}

func TestAComparisonNamesEveryPathOnce(t *testing.T) {
	old := []File{{Path: "z", Mode: 0o644, Size: 1, Sum: "1"}, {Path: "a", Mode: 0o644, Size: 1, Sum: "1"}, {Path: "b", Mode: fs.ModeDir | 0o755}, {Path: "gone", Mode: 0o644, Size: 1, Sum: "1"}, {Path: "same", Mode: 0o644, Size: 1, Sum: "1"}}
	now := []File{{Path: "a", Mode: 0o755, Size: 1, Sum: "1"}, {Path: "b", Mode: 0o644, Size: 1, Sum: "9"}, {Path: "new", Mode: 0o644, Size: 1, Sum: "1"}, {Path: "same", Mode: 0o644, Size: 1, Sum: "1"}, {Path: "z", Mode: 0o755, Size: 1, Sum: "2"}}
	got := Compare(old, now)
	want := []Change{{"a", Mode}, {"b", Kind}, {"gone", Removed}, {"new", Added}, {"z", Content}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
	if old[0].Path != "z" {
		t.Error("the caller's list was sorted")
	}
	if changes := Compare(now, now); changes != nil {
		t.Errorf("a list differs from itself: %v", changes)
	}
}

func TestAContextThatIsNotThereSaysWhatToDo(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), "moby_test.go"} {
		_, err := Read(t.Context(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "build.context") || !strings.Contains(err.Error(), dir) {
			t.Errorf("got %v", err)
		}
	}
}

func TestALinkToAContextIsFollowed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"real/a": "1"})
	try(t, os.Symlink("real", filepath.Join(dir, "link")))
	if got := paths(read(t, Options{Dir: filepath.Join(dir, "link")}).Files); got != "a" {
		t.Errorf("got %s", got)
	}
}
