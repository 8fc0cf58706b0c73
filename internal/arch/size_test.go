package arch_test

import (
	"strings"
	"testing"
)

// What a package has at the most: with more it is two packages. Its tests count
// by themselves, generated code does not.
const (
	mostPackageLines = 4000
	mostPackageFiles = 45
)

func TestNoPackageIsTwo(t *testing.T) {
	t.Parallel()
	lines, files := map[string]int{}, map[string]int{}
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		of := s.dir()
		if s.isTest() {
			of = "the tests of " + of
		}
		lines[of] += strings.Count(s.text, "\n")
		files[of]++
	}
	for of, n := range lines {
		if n > mostPackageLines || files[of] > mostPackageFiles {
			t.Errorf("%s has %d lines in %d files, %d in %d are the most: it is two packages", of, n, files[of], mostPackageLines, mostPackageFiles)
		}
	}
}
