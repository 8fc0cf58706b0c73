package manifest

import (
	"strings"
	"testing"
)

func TestUnitTestsOfNodeAreThoseThatNeedNoStack(t *testing.T) {
	t.Parallel()
	const both = `{"scripts": {"test": "npm run test:unit && npm run test:integration", "test:unit": "x", "test:integration": "y"}}`
	workspace := []string{"pnpm-workspace.yaml", "packages: [a, b, c]\n", "package.json", "{}", "a/package.json", both}
	for name, c := range map[string]struct {
		files         []string
		want, warning string
	}{
		"a script of their own":            {[]string{"package.json", both}, "npm run test:unit", ""},
		"one beside the integration tests": {[]string{"package.json", `{"scripts": {"test": "x", "test:integration": "y"}}`}, "npm run test", ""},
		"none apart from these":            {[]string{"web/package.json", `{"scripts": {"test": "x && npm run test:integration", "test:integration": "y"}}`}, "", "web/package.json: its script test runs test:integration"},
		"all packages alike":               {append(workspace, "b/package.json", both), "pnpm --recursive --if-present run test:unit", ""},
		"another in each package": {append(workspace, "b/package.json", `{"scripts": {"test": "x"}}`, "c/package.json", "{}"),
			"pnpm --filter ./a run test:unit\npnpm --filter ./b run test", ""},
		"a package with what npm init writes": {[]string{"package.json", `{"workspaces": ["a", "b"]}`, "a/package.json", `{"scripts": {"test": "x"}}`, "b/package.json", `{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}`},
			"npm run test --workspace ./a", ""},
	} {
		got, _, r := unitOf(t, c.files...)
		if warnings := strings.Join(r.Warnings, "\n"); got != c.want || !strings.HasPrefix(warnings, c.warning) || (warnings == "") != (c.warning == "") {
			t.Errorf("%s: got %q and warnings %q, want %q", name, got, warnings, c.want)
		}
	}
}
