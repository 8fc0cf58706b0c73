package plugin

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/load"
)

// magefiles is the directory of the magefiles, relative to the root. It is the
// only one that Mage knows besides the root itself.
func magefiles(s *load.PluginContext) string { return "magefiles" }

var moduleLine = lazyregexp.New(`(?m)^module[ \t]+"?([^\s"]+)"?`)

// moduleOf is the import path of a directory of the repository.
func moduleOf(ctx context.Context, s *load.PluginContext, at string) (string, error) {
	below := ""
	for dir := s.Layout.Path(at); ctx.Err() == nil; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if m := moduleLine.FindSubmatch(text); err == nil && m != nil {
			return path.Join(string(m[1]), below), nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
		below = path.Join(filepath.Base(dir), below)
	}
	return "", failure.New(failure.Preflight, "no go.mod at or above %s", at).WithHint("go mod init NAME")
}

// sourcesIn parses the Go files of a directory, without tests; a directory that
// there is not has none.
func sourcesIn(dir string, mode parser.Mode) ([]*ast.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var files []*ast.File
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, mode)
		if err != nil {
			return nil, failure.New(failure.Preflight, "read the targets: %w", err).WithHint("correct that file")
		}
		files = append(files, f)
	}
	return files, nil
}

// importsPackage says whether a magefile of the user's own imports a package.
func importsPackage(dir, pkg string) (bool, error) {
	files, err := sourcesIn(dir, parser.ImportsOnly|parser.ParseComments)
	for _, f := range files {
		for _, i := range f.Imports {
			if i.Path.Value == `"`+pkg+`"` && !ast.IsGenerated(f) {
				return true, err
			}
		}
	}
	return false, err
}

// targetNames are the namespaces and plain targets that there are without
// plugins, in lower case, with whose they are. Each namespace of Spellbook is a
// package; one that a magefile does not import keeps its name all the same.
func targetNames(s *load.PluginContext) (map[string]string, error) {
	names := map[string]string{}
	own := filepath.Join(s.Host.Module, "magefiles", "targets")
	entries, err := os.ReadDir(own)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the namespaces: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if err := addTargets(names, "Spellbook", filepath.Join(own, e.Name())); err != nil {
			return nil, err
		}
	}
	return names, addTargets(names, magefiles(s), s.Layout.Path(magefiles(s)))
}

// addTargets adds the names of the targets in a directory.
func addTargets(names map[string]string, whose, dir string) error {
	files, err := sourcesIn(dir, parser.SkipObjectResolution)
	for _, f := range files {
		for _, d := range f.Decls {
			for _, name := range targetsIn(d) {
				names[strings.ToLower(name)] = whose
			}
		}
	}
	return err
}

// targetsIn are the targets' names in a declaration: functions that are
// exported, and types that are mg.Namespace.
func targetsIn(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if of, ok := t.Type.(*ast.SelectorExpr); ok && of.Sel.Name == "Namespace" {
				names = append(names, t.Name.Name)
			}
		}
	}
	return names
}

// clash refuses a plugin whose targets would be those of somebody else.
func clash(plugin string, targets map[string]string) error {
	whose, taken := targets[plugin]
	if !taken {
		return nil
	}
	return failure.New(failure.Preflight, "plugin %q: %s has a target of that name already", plugin, whose).
		WithHint("give the plugin another name")
}
