package arch_test

import (
	"go/ast"
	"go/build"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostLines of a file: with more it holds two concepts.
const mostLines = 400

func TestNoFileIsLongerThanOneConcept(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if lines := strings.Count(s.text, "\n"); lines > mostLines && !s.generated() {
			t.Errorf("%s has %d lines, %d are the most: it is two concepts", s.path, lines, mostLines)
		}
	}
}

func TestEveryPackageSaysWhatLivesThere(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, s := range sources(t) {
		if built(s.dir()) {
			// Tests count where there is nothing else.
			said[s.dir()] = said[s.dir()] || s.ast.Doc != nil && (!s.isTest() || onlyTests(s.dir()))
		}
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment: say in one paragraph what lives there and what it may import", dir)
		}
	}
}

// built: go build has something to do there, or mage has.
func built(dir string) bool {
	_, err := describe(dir)
	return err == nil
}

func onlyTests(dir string) bool {
	p, err := describe(dir)
	return err == nil && len(p.GoFiles) == 0
}

func describe(dir string) (*build.Package, error) {
	context := build.Default
	context.BuildTags = []string{"mage"}
	return context.ImportDir(filepath.Join(root, dir), 0)
}

// mayTurnAway are the files whose tests may turn away, and why. Any other test
// that does not run is a hole that nobody sees.
var mayTurnAway = map[string]string{
	"internal/docker/unreachable_test.go": "the wording is of one kernel; root may use every socket",
	"internal/environ/create_test.go":     "Windows has no modes",
	"internal/environ/use_test.go":        "rights do not bind root",
	"test/launcher/build_test.go":         "the launcher locks otherwise where flock(1) is missing",
}

func TestNoTestTurnsAwayWithoutAReason(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, s := range sources(t) {
		inputs := calls(s, "Fuzz") // which may turn away an input
		for _, call := range calls(s, "Skip", "Skipf", "SkipNow") {
			if slices.ContainsFunc(inputs, func(f *ast.CallExpr) bool { return f.Pos() < call.Pos() && call.End() < f.End() }) {
				continue
			}
			found[s.path] = true
			if mayTurnAway[s.path] == "" {
				t.Errorf("%s:%d turns away: let it run, delete it, or give the reason in mayTurnAway", s.path, s.line(call))
			}
		}
	}
	for path := range mayTurnAway {
		if !found[path] {
			t.Errorf("%s turns nothing away: take it from mayTurnAway", path)
		}
	}
}

// Tests of real engines and processes, in test/, have no clock but the real.
func TestNoTestSleepsOutsideABubble(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if !s.isTest() || strings.HasPrefix(s.path, "test/") || imports(s, "testing/synctest") {
			continue
		}
		for _, call := range calls(s, "Sleep") {
			t.Errorf("%s:%d sleeps: use testing/synctest, an injected clock or a channel", s.path, s.line(call))
		}
	}
}

// calls are the calls of methods or of a package's functions with these names.
func calls(s source, names ...string) []*ast.CallExpr {
	var list []*ast.CallExpr
	if !s.isTest() {
		return nil
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if selected, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(names, selected.Sel.Name) {
				list = append(list, call)
			}
		}
		return true
	})
	return list
}

func imports(s source, path string) bool {
	return slices.ContainsFunc(s.ast.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"`+path+`"` })
}
