package main

import (
	"errors"
	"os"
	"path/filepath"
)

// ciFiles are a repository of two projects, one of Go and one of Python.
var ciFiles = map[string]string{
	"go.mod":               "module example.com/shop\n\ngo 1.26\n",
	"cart/cart.go":         "// Package cart adds up.\npackage cart\n\n// Sum adds up.\nfunc Sum(a, b int) int { return a + b }\n",
	"cart/cart_test.go":    "package cart\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Error(\"no\")\n\t}\n}\n",
	"cmd/shop/main.go":     "// Shop serves.\npackage main\n\nimport \"net/http\"\n\nfunc main() { _ = http.ListenAndServe(\":0\", nil) }\n",
	"mail/pyproject.toml":  "[project]\nname = \"mail\"\nversion = \"1.0\"\n",
	"mail/test_subject.py": "def test_subject():\n    assert \"a\" + \"b\" == \"ab\"\n",
}

const ciMagefile = `//go:build mage

package main

import (
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/ci"
)
`

// checks compares mage ci with its first run.
func checks(b *bench) ([]row, error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	repository, program := filepath.Join(dir, "shop"), filepath.Join(dir, "mage")
	for path, text := range ciFiles {
		path = filepath.Join(repository, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return nil, err
		}
	}
	if err := b.compileMagefile(ciMagefile, program); err != nil {
		return nil, err
	}
	cache := filepath.Join(dir, "gocache")
	env := append(os.Environ(), "GOCACHE="+cache, "GOWORK=off", "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.Symlink("/usr/bin/python3", filepath.Join(dir, "bin", "python3"))); err != nil { // Debian's, which has pytest
		return nil, err
	}
	again := &contender{side: side{name: "again", command: "mage ci"}, run: func() (outcome, error) { return must(b.ctx, repository, env, program, "ci") }}
	first := &contender{side: side{name: "first run", command: "mage ci"}, run: func() (outcome, error) {
		if err := errors.Join(os.RemoveAll(filepath.Join(repository, ".spellbook")), os.RemoveAll(cache)); err != nil {
			return outcome{}, err
		}
		return must(b.ctx, repository, env, program, "ci")
	}}
	for range b.rounds.cold {
		if err := measure(first, again, b.rounds.fast/b.rounds.cold); err != nil {
			return nil, err
		}
	}
	return []row{{title: "mage ci with nothing changed", sides: sides(again, first), bounds: []bound{faster(again.side, first.side, 50)},
		notes: []string{"A repository of a Go module with a server and a Python project: vet, go test, pytest, go build. The first run is that of a fresh clone, " +
			"with an empty build cache of Go; the binary of the magefile is there on both sides."}}}, nil
}

// measure runs the first once, and the other n times behind it; one more, which still
// reads the files that were too new to be trusted, does not count.
func measure(first, again *contender, n int) error {
	o, err := first.run()
	if err != nil {
		return err
	}
	first.add(o)
	for round := range n + 1 {
		if o, err = again.run(); err != nil {
			return err
		}
		if round > 0 {
			again.add(o)
		}
	}
	return nil
}

// compileMagefile makes the program of a magefile that belongs to this module.
func (b *bench) compileMagefile(text, program string) error {
	root, err := filepath.Abs(b.root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Join(root, "test", "bench", "testdata"), "magefiles-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "magefile.go"), []byte(text), 0o600); err != nil {
		return err
	}
	_, err = must(b.ctx, root, os.Environ(), "go", "tool", "mage", "-d", dir, "-compile", program)
	return err
}
