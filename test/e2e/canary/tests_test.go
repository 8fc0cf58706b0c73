package canary_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// running are the targets that this test has calls for: those that run tests and tasks.
var running = []string{"test:unit", "test:integration", "test:all", "test:coverage", "task:run", "ci"}

// Tests have every secret of the stack in their environment, and tasks none. Each target
// runs in another repository that has adopted Spellbook, in success and in failure.
func TestNoSecretOfWhatRunsTestsComesOut(t *testing.T) {
	t.Parallel()
	c := newCanaries(t)
	c.binary = stacktest.Adopted(t)
	c.Env = append(c.Env, "GOFLAGS=-mod=mod", "GOWORK=off", "GOCACHE="+goCache(t))
	targets := c.targets()
	t.Cleanup(func() { _, _ = c.Exec(c.binary, "test:down", "-name=reuse") })
	const works, fails = "package shop\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {}\n", "package shop\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) { t.Error(\"no\") }\n"
	c.File("go.mod", "module example.com/shop\n\ngo 1.26\n")
	c.File("shop.go", "package shop\n")
	c.File("shop_test.go", works)
	c.File("db_test.go", "//go:build integration\n\npackage shop\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestDB(t *testing.T) {\n\tif os.Getenv(\"API_TOKEN\") == \"\" {\n\t\tt.Error(\"no token\")\n\t}\n}\n")
	c.File("greeting", "hello\n")
	w, control := newWatch(), newCanary()
	w.show(t, control)

	const api = "-services=api"
	c.every(call("test:unit"))
	c.every(call("test:coverage"))
	c.every(call("test:integration", api).in("plain"))
	c.every(call("test:integration", api, "-reuse").in("github", "terminal"))
	c.every(call("test:integration", api, "-reuse", `-cmd=test -n "$POSTGRES_PASSWORD" -a -n "$API_TOKEN"`).in("plain"))
	c.every(call("test:all", api, "-reuse"))
	c.every(call("task:run", "hello"))
	c.every(call("task:run", "hello", "-force", "-explain"))
	c.every(call("ci", "-only=check,lint,unit"))

	t.Log("failures")
	c.fails(call("test:integration", api, "-reuse", "-cmd=exit 7"), "failing tests")
	c.fails(call("test:integration", "-services=nobody"), "a slip")
	c.fails(call("test:integration", api).with("CRASH=200ms", "BOOT=1h").in("plain"), "a crash")
	c.fails(call("task:run", "nothing"), "a slip")
	c.File("greeting", "no\n")
	c.fails(call("task:run", "hello"), "a failing task")
	c.File("shop_test.go", fails)
	for _, name := range []string{"test:unit", "test:all", "test:coverage"} {
		c.fails(call(name), "failing tests")
	}
	c.fails(call("ci", "-only=unit", "-keepgoing"), "failing tests")
	c.fails(call("ci", "-only=integration").with("CRASH=200ms", "BOOT=1h").in("plain"), "a crash")
	c.every(call("test:down", "-name=reuse").in("plain"))
	c.File("compose/docker-compose.yml", c.Read("compose/docker-compose.yml")+"\t: [")
	for _, name := range []string{"test:integration", "ci"} {
		c.fails(call(name), "the Compose file is no YAML")
	}
	for _, name := range running {
		for _, good := range []bool{true, false} {
			if !slices.ContainsFunc(c.runs, func(r canaryRun) bool { return r.call.target == name && (r.code == 0) == good }) {
				t.Errorf("%s needs a case that succeeds: %t", name, good)
			}
		}
	}
	if !slices.Contains(targets, "ci") {
		t.Errorf("the targets are %q", targets)
	}
	lines := w.end()
	if !seen(lines, control) {
		t.Error("the watch does not see a process of 0.1 s")
	}
	c.quiet()
	for _, line := range lines {
		c.commandLine(line)
	}
	c.files(c.Dir)
	c.files(c.home)
}

// goCache is this machine's, where what Go compiles need not be compiled again.
func goCache(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GOCACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "go-build")
}
