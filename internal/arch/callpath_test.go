package arch_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// callPaths are how many files of the stages the functions of a command lie in,
// from its target to what it does: those that a reader may have to open. What
// stands below the stages is read for its own sake, and actions are reached
// through the engine. Who makes it fewer takes the number down.
var callPaths = []struct {
	pkg, function string
	files         int
}{
	{"internal/command/infra", "Up", 14},
	{"internal/command/env", "Set", 3},
}

// stages are the packages between a target and what it stands on.
var stages = []string{"internal/command/", "internal/load", "internal/execute", "internal/engine"}

func TestACommandIsReadByOpeningFewFiles(t *testing.T) {
	t.Parallel()
	tree := typed(t)
	for _, c := range callPaths {
		files := tree.reached(t, c.pkg, c.function)
		if len(files) != c.files {
			t.Errorf("%s.%s is read by opening %d files, not %d:\n%s", c.pkg, c.function, len(files), c.files, strings.Join(files, "\n"))
		}
	}
}

// Imports alone do not show it: an alias, or a field of a value that is handed on,
// would bring the engine's own types to those who may not know them.
func TestPlannersAndTheEngineNameNothingOfDocker(t *testing.T) {
	t.Parallel()
	tree := typed(t)
	pure := []string{"internal/infra/", "internal/image/", "internal/plan/", "internal/engine/", "internal/status/", "internal/readiness/", "internal/ownership/"}
	seen := map[string]bool{}
	for id, object := range tree.info.Uses {
		name, _ := filepath.Rel(absolute(t, root), tree.fset.Position(id.Pos()).Filename)
		i := slices.IndexFunc(pure, func(p string) bool { return strings.HasPrefix(filepath.ToSlash(name), p) })
		if i < 0 {
			continue
		}
		if seen[pure[i]] = true; object.Pkg() != nil && object.Pkg().Path() == module+"/internal/docker" {
			t.Errorf("%s names docker's %s", tree.fset.Position(id.Pos()), object.Name())
		}
	}
	for _, p := range pure {
		if !seen[p] {
			t.Errorf("nothing of %s was looked at", p)
		}
	}
}

// typedTree is the module's code with the object that each name stands for.
type typedTree struct {
	fset      *token.FileSet
	packages  map[string]*types.Package
	info      *types.Info
	functions map[*types.Func]*ast.FuncDecl
}

// typed checks the module's packages from their sources, all others from what
// the compiler has exported: once, for all tests.
func typed(t *testing.T) *typedTree {
	t.Helper()
	tree, err := checkedTree()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

var checkedTree = sync.OnceValues(func() (*typedTree, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,Standard,Module", "./internal/command/...", "./internal/execute")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	tree := &typedTree{fset: token.NewFileSet(), packages: map[string]*types.Package{}, functions: map[*types.Func]*ast.FuncDecl{},
		info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
	exports := map[string]string{}
	foreign := importer.ForCompiler(tree.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	importing := importerFunc(func(path string) (*types.Package, error) {
		if p := tree.packages[path]; p != nil {
			return p, nil
		}
		return foreign.Import(path)
	})
	dec := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	for { // -deps lists what is imported before what imports it
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return tree, nil
		} else if err != nil {
			return nil, err
		}
		if exports[p.ImportPath] = p.Export; !strings.HasPrefix(p.ImportPath, module+"/") {
			continue
		}
		if err := tree.check(p, importing); err != nil {
			return nil, err
		}
	}
})

// listed is a package as go list tells of it.
type listed struct {
	ImportPath, Export, Dir string
	GoFiles                 []string
}

func (tree *typedTree) check(p listed, importing types.Importer) error {
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(tree.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	checked, err := (&types.Config{Importer: importing}).Check(p.ImportPath, tree.fset, files, tree.info)
	if err != nil {
		return err
	}
	tree.packages[p.ImportPath] = checked
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				tree.functions[tree.info.Defs[fn.Name].(*types.Func)] = fn
			}
		}
	}
	return nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// reached are the files of all functions that one names, or that those name.
func (tree *typedTree) reached(t *testing.T, pkg, function string) []string {
	t.Helper()
	p := tree.packages[module+"/"+pkg]
	if p == nil || p.Scope().Lookup(function) == nil {
		t.Fatalf("there is no %s.%s", pkg, function)
	}
	seen, files := map[*types.Func]bool{}, map[string]bool{}
	queue := []*types.Func{p.Scope().Lookup(function).(*types.Func)}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		declared := tree.functions[f.Origin()]
		if declared == nil || seen[f.Origin()] {
			continue
		}
		seen[f.Origin()] = true
		name, _ := filepath.Rel(absolute(t, root), tree.fset.Position(declared.Pos()).Filename)
		name = filepath.ToSlash(name)
		if slices.ContainsFunc(stages, func(s string) bool { return strings.HasPrefix(name, s) }) {
			files[name] = true
		}
		ast.Inspect(declared, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if callee, ok := tree.info.Uses[id].(*types.Func); ok {
					queue = append(queue, callee)
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(files))
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}
