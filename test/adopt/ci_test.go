package adopt_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"
)

// ciMagefile is all the Go that a repository has which calls mage ci.
const ciMagefile = `//go:build mage

package main

import (
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/ci"
)
`

// Mage itself refuses two targets of one name; under a name ours stands beside theirs.
func TestACiOfTheirOwnStandsBesideOursUnderAName(t *testing.T) {
	const theirs = "\n// Ci is theirs.\nfunc Ci() {}\n"
	for name, c := range map[string]struct{ magefile, want, fails string }{
		"both":       {ciMagefile + theirs, "", "\"ci\" target has multiple definitions"},
		"under name": {strings.Replace(ciMagefile, "//mage:import", "//mage:import spellbook", 1) + theirs, "ci spellbook:ci", ""},
		"without":    {"//go:build mage\n\npackage main\n" + theirs, "ci", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := adopt(t, c.magefile)
			t.Setenv("GOFLAGS", "-mod=mod")
			t.Setenv("GOWORK", "off")
			t.Chdir(r.dir)
			info, err := mage.PrimaryPackage("go", "magefiles", []string{"magefile.go"}, false)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("error = %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range info.Funcs {
				names = append(names, strings.ToLower(f.TargetName()))
			}
			for _, imported := range info.Imports {
				for _, f := range imported.Info.Funcs {
					names = append(names, strings.ToLower(f.TargetName()))
				}
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("targets are %q, want %q", got, c.want)
			}
		})
	}
}

// The two have no Go of their own but the magefile. The packages of the first come from
// the npm registry, pytest of the second from Debian.
func TestAPnpmWorkspaceAndAPythonProjectPassCI(t *testing.T) {
	cache := t.TempDir() // one build for both
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"pnpm": {map[string]string{
			"package.json":                `{"name": "shop", "private": true, "scripts": {"lint": "node --check packages/cart/index.js"}}`,
			"pnpm-workspace.yaml":         "packages: ['packages/*']\n",
			".gitignore":                  "node_modules\ndist\n.spellbook\n.cache\n.pnpm\n",
			"packages/money/package.json": `{"name": "money", "version": "1.0.0", "main": "index.js", "scripts": {"test": "node --test"}}`,
			"packages/money/index.js":     "exports.add = (a, b) => a + b;\n",
			"packages/money/add.test.js":  "require('node:assert').equal(require('.').add(1, 2), 3);\n",
			"packages/cart/package.json": `{"name": "cart", "version": "1.0.0", "dependencies": {"money": "workspace:*", "is-number": "7.0.0"},
				"scripts": {"test": "node --test", "build": "node -e \"require('fs').cpSync('index.js', 'dist/index.js')\""}}`,
			"packages/cart/index.js":     "exports.total = (list) => list.filter(require('is-number')).reduce(require('money').add, 0);\n",
			"packages/cart/cart.test.js": "require('node:assert').equal(require('.').total([1, 2, 'x']), 3);\n",
		}, []string{"install:pnpm", "lint:pnpm", "unit:pnpm", "build:pnpm"}},
		"python": {map[string]string{
			"pyproject.toml":     "[project]\nname = \"shop\"\nversion = \"1.0\"\n\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n",
			"tox.ini":            "[flake8]\nmax-line-length = 100\n",
			".gitignore":         ".spellbook\n.cache\n__pycache__\n",
			"shop/__init__.py":   "",
			"shop/cart.py":       "def total(prices):\n    return sum(prices)\n",
			"tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
		}, []string{"lint:python", "unit:python"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := adopt(t, ciMagefile)
			if err := os.RemoveAll(filepath.Join(r.dir, "deploy")); err != nil {
				t.Fatal(err)
			}
			for path, text := range c.files {
				r.write(path, text)
			}
			r.env = append(r.env, "MAGEFILE_CACHE="+cache, "PATH="+tools(t, name)+":"+os.Getenv("PATH"), "CI=true")
			git(t, r.dir, "init", "-q")
			first := r.ci()
			again := r.ci()
			for _, want := range c.want {
				if first[want] != "passed" || again[want] != "cached" && !strings.HasPrefix(want, "install:") {
					t.Errorf("%s: %q, and then %q", want, first[want], again[want])
				}
			}
			if len(first) != len(c.want) {
				t.Errorf("tasks are %v, want %q", first, c.want)
			}
		})
	}
}

// tools is a directory with pnpm from the npm registry, or the Python that has pytest.
func tools(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if name == "python" {
		if err := os.Symlink("/usr/bin/python3", filepath.Join(dir, "python3")); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "pnpm@10.34.9")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install pnpm: %v\n%s", err, out)
	}
	return filepath.Join(dir, "node_modules", ".bin")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// ci runs mage ci, wants success without a warning, and returns how each task ended.
func (r repository) ci() map[string]string {
	r.t.Helper()
	var d struct {
		Tasks []struct {
			Name, Outcome string
			Warnings      []string
		}
	}
	if err := json.Unmarshal([]byte(r.mage("ci", "-json")), &d); err != nil {
		r.t.Fatal(err)
	}
	ends := map[string]string{}
	for _, one := range d.Tasks {
		ends[one.Name] = one.Outcome
		if len(one.Warnings) > 0 {
			r.t.Errorf("%s: %q", one.Name, one.Warnings)
		}
	}
	return ends
}
