package test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/manifest"
)

func conventions(t *testing.T, files ...string) (lines string, err error) {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(root, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(files[i+1]), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	found, err := manifest.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	list, err := integrationCommands(root, found)
	for _, c := range list {
		lines += c.Name + " in " + c.Dir + ": " + strings.Join(append(slices.DeleteFunc(slices.Clone(c.Set), func(pair string) bool { return !strings.HasPrefix(pair, "GO") }), c.Argv...), " ") + "\n"
	}
	return lines, err
}

func TestIntegrationTestsAreThoseThatTheManifestsMark(t *testing.T) {
	t.Parallel()
	const pkg = "\n\npackage x\n"
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"Go packages with the build tag": {[]string{"go.mod", "module x\n", "x.go", "package x\n", "a_test.go", "//go:build !integration" + pkg, "db/db_test.go", "//go:build integration" + pkg,
			"db/unit_test.go", "package x\n", "net/n_test.go", "// Copyright\n\n//go:build integration && unix" + pkg, "testdata/t_test.go", "//go:build integration" + pkg},
			"go in .: go test -json -count=1 -tags=integration ./db ./net\n"},
		"a build tag among others": {[]string{"go.mod", "module x\n", "x.go", "package x\n", "arch/a_test.go", "//go:build integration && " + runtime.GOARCH + pkg, "new/a_test.go", "//go:build integration && go1.18" + pkg,
			"other/a_plan9_test.go", "//go:build integration" + pkg, "either/a_test.go", "//go:build integration || e2e" + pkg, "always/a_test.go", "//go:build integration || " + runtime.GOOS + pkg},
			"go in .: go test -json -count=1 -tags=integration ./arch ./either ./new\n"},
		"a module in a directory": {[]string{"api/go.mod", "module api\n", "api/x.go", "package x\n", "api/x_test.go", "//go:build integration" + pkg},
			"go:api in api: go test -json -count=1 -tags=integration ./.\n"},
		"a module outside of the workspace": {[]string{"go.work", "go 1.26\nuse .\n", "go.mod", "module x\n", "x.go", "package x\n", "tool/go.mod", "module tool\n", "tool/x_test.go", "//go:build integration" + pkg},
			"go:tool in tool: GOWORK=off go test -json -count=1 -tags=integration ./.\n"},
		"a package that has no other script": {[]string{"e2e/package.json", `{"scripts": {"test:integration": "playwright test"}}`},
			"npm:e2e in e2e: npm run test:integration\n"},
		"the script of a workspace's package": {[]string{"package.json", `{"packageManager": "pnpm@10.0.0"}`, "pnpm-workspace.yaml", "packages: [a, b]\n", "pnpm-lock.yaml", "",
			"a/package.json", `{"name": "a", "scripts": {"test:integration": "node it.js", "test": "x"}}`, "b/package.json", `{"name": "b", "scripts": {"test": "x"}}`},
			"pnpm:a in a: pnpm run test:integration\n"},
		"a marker of pytest": {[]string{"pyproject.toml", "[tool.pytest.ini_options]\nmarkers = [\n  \"integration: needs the stack\",\n]\n", "tests/test_a.py", "@pytest.mark.integration\ndef test_a(): pass\n"},
			"python in .: python3 -m pytest -v -p no:cacheprovider -m integration\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := conventions(t, c.files...); got != c.want || err != nil {
				t.Errorf("got\n%swant\n%s%v", got, c.want, err)
			}
		})
	}
}

func TestWithoutAnyThatIsSaid(t *testing.T) {
	t.Parallel()
	_, err := conventions(t, "go.mod", "module x\n", "x.go", "package x\n", "x_test.go", "package x\n", "pyproject.toml", "[tool.pytest.ini_options]\nmarkers = ['slow']\n# integration\n", "test_a.py", "",
		"package.json", `{"scripts": {"test": "x"}}`)
	if failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), `-cmd="…"`) {
		t.Errorf("got %v", err)
	}
}
