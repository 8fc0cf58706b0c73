package arch_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"
)

// row is a line of a table of the README whose first cell is a target, with or
// without arguments: | `infra:up -services=a,b` | …
var row = regexp.MustCompile("(?m)^\\|\\s*`(?:(?:scripts/)?mage )?([A-Za-z][\\w:]*)[^`]*`")

// Mage leaves out what has a signature it does not know, and says nothing.
func TestTheREADMEListsTheTargetsThatMageKnows(t *testing.T) {
	readme := read(t, "README.md")
	targets, aliases := mageTargets(t)
	var listed []string
	for _, match := range row.FindAllStringSubmatch(readme, -1) {
		listed = append(listed, strings.ToLower(match[1]))
	}
	for _, target := range targets {
		if !slices.Contains(listed, target) {
			t.Errorf("the README has no row for the target %s", target)
		}
	}
	for _, name := range listed {
		if !slices.Contains(targets, name) && !slices.Contains(aliases, name) {
			t.Errorf("the README lists %s, which Mage does not know", name)
		}
	}
}

// mageTargets reads the magefiles with Mage's own parser: what `mage -l` lists,
// in lower case, without a build that another test's would run into.
func mageTargets(t *testing.T) (targets, aliases []string) {
	t.Helper()
	t.Chdir(root) // where Mage asks the go command for what is imported
	info, err := mage.PrimaryPackage("go", "magefiles", []string{"magefile.go"}, false)
	if err != nil {
		t.Fatal(err)
	}
	functions := info.Funcs
	for _, imported := range info.Imports {
		functions = append(functions, imported.Info.Funcs...)
	}
	for _, f := range functions {
		targets = append(targets, strings.ToLower(f.TargetName()))
	}
	for alias := range info.Aliases {
		aliases = append(aliases, strings.ToLower(alias))
	}
	if len(targets) == 0 {
		t.Fatal("no targets in magefiles")
	}
	return targets, aliases
}
