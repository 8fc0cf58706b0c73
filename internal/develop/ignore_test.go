package develop

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheWatchSkipsWhatTheIgnoreFileDoesAndNothingThatAnExceptionBringsBack(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, IgnoreFile)
	text := "node_modules/\n*.log\ndocs\n!docs/keep/*.md\n**/tmp\n.env*\n!.env.example\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	one, err := ReadIgnore(dir, file+".none", file)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ dir, covered bool }{
		".":                   {true, false},
		"main.go":             {false, false},
		"node_modules":        {true, true},
		"node_modules/a/b.js": {false, true},
		"a.log":               {false, true},
		"deep/a.log":          {false, false}, // a pattern without ** is for the top
		"deep/tmp":            {true, true},
		"docs":                {true, false}, // something below it is not ignored
		"docs/keep":           {true, false},
		"docs/other":          {true, true},
		"docs/other/a.md":     {false, true},
		"docs/keep/a.md":      {false, false},
		"docs/a.md":           {false, true},
		".env":                {false, true},
		".env.example":        {false, false},
		"src":                 {true, false},
	} {
		if got := one.Cover(filepath.Join(dir, path), want.dir); got != want.covered {
			t.Errorf("%s: got %v, want %v", path, got, want.covered)
		}
	}
}

func TestWithoutAnIgnoreFileNothingIsSkipped(t *testing.T) {
	one, err := ReadIgnore("/app", filepath.Join(t.TempDir(), IgnoreFile))
	if err != nil || one.Cover("/app/anything", true) {
		t.Errorf("skipped: %v", err)
	}
}

func TestABadPatternOfAnIgnoreFileIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), IgnoreFile)
	if err := os.WriteFile(file, []byte("[\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadIgnore(filepath.Dir(file), file); err == nil {
		t.Error("no error")
	}
}
