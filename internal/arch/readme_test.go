package arch_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"
)

var (
	// table is the README's table of targets, from its heading to its last row.
	table = regexp.MustCompile(`(?m)^\| *target *\|.*\n(?:\|.*\n)*`)
	// cell is the first of a row.
	cell = regexp.MustCompile(`(?m)^\|([^|]*)\|`)
)

// Mage leaves out what has a signature it does not know, and says nothing.
func TestTheREADMEListsTheTargetsThatMageKnows(t *testing.T) {
	listed := listedTargets(read(t, "README.md"))
	targets, aliases := mageTargets(t)
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

// listedTargets are the first words of the code in the first cells:
// | `infra:psql`, `infra:redis [-dry]` | …
func listedTargets(readme string) (names []string) {
	for _, rows := range table.FindAllString(readme, -1) {
		for _, first := range cell.FindAllStringSubmatch(rows, -1) {
			for _, code := range span.FindAllStringSubmatch(first[1], -1) {
				name, _, _ := strings.Cut(code[1], " ")
				names = append(names, strings.ToLower(name))
			}
		}
	}
	return names
}

// mageTargets are the names of what `mage -l` lists, in lower case.
func mageTargets(t *testing.T) (targets, aliases []string) {
	t.Helper()
	functions, byAlias := mageFunctions(t)
	return slices.Collect(maps.Keys(functions)), slices.Collect(maps.Keys(byAlias))
}

// mageFunctions reads the magefiles with Mage's own parser, without a build that
// another test's would run into.
func mageFunctions(t *testing.T) (functions, aliases map[string]*mage.Function) {
	t.Helper()
	t.Chdir(root) // where Mage asks the go command for what is imported
	info, err := mage.PrimaryPackage("go", "magefiles", []string{"magefile.go"}, false)
	if err != nil {
		t.Fatal(err)
	}
	list := info.Funcs
	for _, imported := range info.Imports {
		list = append(list, imported.Info.Funcs...)
	}
	functions, aliases = map[string]*mage.Function{}, map[string]*mage.Function{}
	for _, f := range list {
		functions[strings.ToLower(f.TargetName())] = f
	}
	for alias, f := range info.Aliases {
		aliases[strings.ToLower(alias)] = f
	}
	if len(functions) == 0 {
		t.Fatal("no targets in magefiles")
	}
	return functions, aliases
}
