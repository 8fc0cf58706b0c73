// Package adopt tests what another repository gets that imports Spellbook's
// targets, with the real mage: what docs/adopting.md shows. It needs no engine.
package adopt_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"
)

// root is this repository, seen from here.
const root = "../.."

var magefile = regexp.MustCompile("(?ms)^```go\n(//go:build mage\n.*?)^```$")

// magefiles are those that a document shows.
func magefiles(t *testing.T, document string) (texts []string) {
	t.Helper()
	for _, match := range magefile.FindAllStringSubmatch(ours(t, document), -1) {
		texts = append(texts, match[1])
	}
	return texts
}

// The magefile is that of docs/adopting.md, and mage the real one.
func TestAnAdopterKeepsItsOwnTargetsAndTakesTheNamespacesThatItWants(t *testing.T) {
	shown := magefiles(t, "docs/adopting.md")
	if len(shown) != 2 {
		t.Fatalf("docs/adopting.md has %d magefiles", len(shown))
	}
	r := adopt(t, shown[1])
	list := r.mage("-l")
	for _, want := range []string{"  ci ", "  clean:all ", "  env:use ", "  infra:up "} {
		if !strings.Contains(list, want) {
			t.Errorf("no target %q in\n%s", want, list)
		}
	}
	for _, other := range []string{"bench", "build:", "dev:", "plugin:", "clean:volumes"} {
		if strings.Contains(list, other) {
			t.Errorf("%q was not imported, and is in\n%s", other, list)
		}
	}
	if got := r.mage("ci", "clean:all"); got != "your checks\nyour clean\n" {
		t.Errorf("their own targets say %q", got)
	}
	if got := r.mage("infra:graph"); !strings.Contains(got, "theirs") {
		t.Errorf("infra:graph has not read deploy/: %s", got)
	}
}

func TestMageFindsTheTargetsOfEveryMagefileThatIsShown(t *testing.T) {
	all := "build:all clean:all dev:up env:use infra:up plugin:list"
	own := strings.Replace(magefiles(t, "docs/adopting.md")[1], "//mage:import", "//mage:import spellbook", 1)
	for name, c := range map[string]struct{ magefile, want string }{
		"all":     {magefiles(t, "docs/adopting.md")[0], all + " ci deploy:to task:list test:up"},
		"foreign": {ours(t, "test/testdata/foreign/magefiles/magefile.go"), all + " ci greet"},
		"README":  {magefiles(t, "README.md")[0], "env:use infra:up"},
		"renamed": {strings.Replace(own, "targets/env", "targets/clean", 1), "spellbook:clean:all clean:all infra:up ci"},
	} {
		t.Run(name, func(t *testing.T) {
			r := adopt(t, c.magefile)
			t.Setenv("GOFLAGS", "-mod=mod")
			t.Setenv("GOWORK", "off")
			t.Chdir(r.dir) // where Mage asks the go command for what is imported
			info, err := mage.PrimaryPackage("go", "magefiles", []string{"magefile.go"}, false)
			if err != nil {
				t.Fatal(err)
			}
			functions := info.Funcs
			for _, imported := range info.Imports {
				functions = append(functions, imported.Info.Funcs...)
			}
			for _, want := range strings.Fields(c.want) {
				if !slices.ContainsFunc(functions, func(f *mage.Function) bool { return strings.EqualFold(f.TargetName(), want) }) {
					t.Errorf("no target %s", want)
				}
			}
		})
	}
}

// repository is one that has adopted Spellbook.
type repository struct {
	t   *testing.T
	dir string
	env []string
}

// adopt makes one as it is after go get: this tree in place of a version.
func adopt(t *testing.T, magefile string) repository {
	t.Helper()
	tree, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	r := repository{t: t, dir: t.TempDir(), env: []string{"GOFLAGS=-mod=mod", "GOWORK=off"}}
	mod := ours(t, "test/testdata/foreign/go.mod")
	r.write("go.mod", strings.ReplaceAll(mod, "=> ../../..", "=> "+tree))
	r.write("go.sum", ours(t, "go.sum"))
	r.write("magefiles/magefile.go", magefile)
	r.write("deploy/docker-compose.yml", "name: theirs\nservices: {theirs: {image: \"lab/service:1\"}}\n")
	return r
}

// ours is a file of this repository.
func ours(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (r repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// mage runs targets and returns what they print; it wants success.
func (r repository) mage(args ...string) string {
	r.t.Helper()
	return r.run("", append([]string{"go", "tool", "mage"}, args...)...)
}

// run runs a command in a directory of the repository and returns its standard
// output; it wants success.
func (r repository) run(dir string, argv ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), argv[0], argv[1:]...)
	cmd.Dir = filepath.Join(r.dir, dir)
	cmd.Env = append(append(os.Environ(),
		"MAGEFILE_CACHE="+filepath.Join(r.dir, ".cache"), "MAGEFILE_HASHFAST=true"), r.env...) // one build for all calls
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%v: %v\n%s%s", argv, err, out, stderr.String())
	}
	return string(out)
}
