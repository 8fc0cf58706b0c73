package launcher_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The commands of plugins have READMEs of their own, which tell their flags.
var ownTargets = regexp.MustCompile(`^(bench|ci|(clean|env|infra|plugin):.*)$`)

func TestTheREADMEListsEveryTargetWithItsFlags(t *testing.T) {
	t.Parallel()
	mage := func(args ...string) string { return inProject(t, append([]string{"scripts/mage"}, args...)...) }
	rows := readmeRows(t)
	targets := listed(mage("-l"))
	for _, target := range targets {
		row, ok := rows[target]
		if !ok {
			t.Errorf("%s is not in the README's table", target)
			continue
		}
		if ownTargets.MatchString(target) {
			sameFlags(t, target, row, mage("-h", target))
		}
	}
	for target := range rows {
		if target != "clean" && !slices.Contains(targets, target) {
			t.Errorf("the README lists %s, which is no target", target)
		}
	}
}

// readmeRows are the first cells of the table of targets, by target.
func readmeRows(t *testing.T) map[string]string {
	_, text, found := strings.Cut(read(t, filepath.Join(projectRoot, "README.md")), "\n## Targets\n")
	text, _, ended := strings.Cut(text, "\n## ")
	if !found || !ended {
		t.Fatal("the README has no section Targets")
	}
	rows := map[string]string{}
	for _, match := range regexp.MustCompile("(?m)^\\| (`.*?) \\| ").FindAllStringSubmatch(text, -1) {
		for _, name := range regexp.MustCompile("`([a-z]+(?::[a-z]+)?)").FindAllStringSubmatch(match[1], -1) {
			rows[name[1]] = match[1]
		}
	}
	return rows
}

func sameFlags(t *testing.T, target, row, help string) {
	var flags []string
	for _, match := range regexp.MustCompile(`(?m)^  (-[a-z]+)(?:=| |$)`).FindAllStringSubmatch(help, -1) {
		flags = append(flags, match[1])
		if !regexp.MustCompile(`\[` + match[1] + `[\]=]`).MatchString(row) {
			t.Errorf("%s has %s, which the README does not tell: %s", target, match[1], row)
		}
	}
	for _, match := range regexp.MustCompile("`"+target+"((?: [^`]*)?)`").FindAllStringSubmatch(row, -1) {
		for _, flag := range regexp.MustCompile(`\[(-[a-z]+)`).FindAllStringSubmatch(match[1], -1) {
			if !slices.Contains(flags, flag[1]) {
				t.Errorf("the README gives %s %s, which it does not have", target, flag[1])
			}
		}
	}
}
