package arch_test

import (
	"strings"
	"testing"
)

// What a package has at the most: with more it is two packages. Tests and
// generated code do not count.
const (
	mostPackageLines = 4000
	mostPackageFiles = 45
)

func TestNoPackageIsTwo(t *testing.T) {
	t.Parallel()
	lines, files := map[string]int{}, map[string]int{}
	for _, s := range sources(t) {
		if s.isTest() || s.generated() {
			continue
		}
		lines[s.dir()] += strings.Count(s.text, "\n")
		files[s.dir()]++
	}
	for dir, n := range lines {
		if n > mostPackageLines || files[dir] > mostPackageFiles {
			t.Errorf("%s has %d lines in %d files, %d in %d are the most: it is two packages", dir, n, files[dir], mostPackageLines, mostPackageFiles)
		}
	}
}
