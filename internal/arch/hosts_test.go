package arch_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// fixedHost is one that serves packages to those who have not said otherwise. Where packages come from is said by the
// machine: its go env, its apt sources, its npm configuration.
var fixedHost = regexp.MustCompile(`\b(?:proxy\.golang|sum\.golang|goproxy|(?:deb|security|ftp|snapshot)\.debian|(?:archive|security)\.ubuntu|registry\.(?:npmjs|yarnpkg))\.(?:org|com|io|cn)\b`)

func TestNoFileSaysFromWhichHostPackagesCome(t *testing.T) {
	t.Parallel()
	files := 0
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && path != "."):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		files++
		if host := fixedHost.FindString(read(t, path)); host != "" {
			t.Errorf("%s names %s", path, host)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files: %v", files, err)
	}
}
