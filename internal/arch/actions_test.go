package arch_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan/plantest"
)

// planPackage has the actions; planners may come to have their own below it.
const planPackage = module + "/internal/plan"

// An action carries its own words. Whoever tells actions apart by their type
// would have to be taught each new one, and prints nonsense until he is.
func TestNobodyOutsidePlanTellsActionsApart(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isTest() || s.dir() == "internal/plan" || strings.HasPrefix(s.dir(), "internal/plan/") {
			continue
		}
		for _, n := range actionSwitches(s, onlyShows(s.dir())) {
			t.Errorf("%s:%d tells actions apart: ask the action for its Verb, Lane, Object or Phase", s.path, s.line(n))
		}
	}
}

// onlyShows are the packages that are to know no action at all: they walk,
// time or show any plan.
func onlyShows(dir string) bool {
	return slices.Contains([]string{"internal/engine", "internal/timeline", "internal/report"}, dir)
}

// actionSwitches are the type switches over actions; with asserts, every
// mention of a type that is asked for too.
func actionSwitches(s source, asserts bool) (found []ast.Node) {
	names := planNames(s.ast)
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSwitchStmt:
			if onAction(n) || slices.ContainsFunc(n.Body.List, func(c ast.Stmt) bool {
				clause, ok := c.(*ast.CaseClause)
				return ok && slices.ContainsFunc(clause.List, func(e ast.Expr) bool { return ofPlan(e, names) })
			}) {
				found = append(found, n)
			}
		case *ast.SwitchStmt:
			if call, ok := n.Tag.(*ast.CallExpr); ok && selects(call.Fun, "Kind") && isAction(call.Fun.(*ast.SelectorExpr).X) {
				found = append(found, n)
			}
		case *ast.TypeAssertExpr:
			if asserts && ofPlan(n.Type, names) {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// onAction: switch a := step.Action.(type), whatever its cases.
func onAction(n *ast.TypeSwitchStmt) bool {
	var e ast.Expr
	switch assign := n.Assign.(type) {
	case *ast.AssignStmt:
		e = assign.Rhs[0]
	case *ast.ExprStmt:
		e = assign.X
	}
	assert, ok := e.(*ast.TypeAssertExpr)
	return ok && isAction(assert.X)
}

func isAction(e ast.Expr) bool { return selects(e, "Action") }

func selects(e ast.Expr, name string) bool {
	selected, ok := e.(*ast.SelectorExpr)
	return ok && selected.Sel.Name == name
}

// ofPlan: the expression is a type of package plan, or a pointer to one.
func ofPlan(e ast.Expr, names []string) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	selected, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := selected.X.(*ast.Ident)
	return ok && slices.Contains(names, pkg.Name)
}

// planNames are what a file calls package plan and those below it.
func planNames(f *ast.File) (names []string) {
	for _, i := range f.Imports {
		full := strings.Trim(i.Path.Value, `"`)
		switch {
		case full != planPackage && !strings.HasPrefix(full, planPackage+"/"):
		case i.Name != nil:
			names = append(names, i.Name.Name)
		default:
			names = append(names, path.Base(full))
		}
	}
	return names
}

// What the test above finds, and what it lets be.
func TestSwitchesOverActionsAreFound(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]int{ // without and with assertions
		"switch s.Action.(type) { case plan.PullImage: }":        {1, 1},
		"switch a := a.(type) { case other, *plan.PullImage: }":  {1, 1},
		"switch a := s.Action.(type) { case interface{ X() }: }": {1, 1},
		"switch s.Action.Kind() { case \"pull\": }":              {1, 1},
		"if a, ok := s.Action.(plan.PullImage); ok { _ = a }":    {0, 1},
		"switch a := a.(type) { case infra.Up: _ = a }":          {1, 1},
		"switch e.Kind { case engine.Done: }":                    {0, 0},
		"switch e.Kind() { case 1: }":                            {0, 0},
		"switch v := v.(type) { case other.PullImage: _ = v }":   {0, 0},
		"switch s.Action.Lane() { case plan.LaneReady: }":        {0, 0},
	} {
		for i, asserts := range []bool{false, true} {
			if got := len(actionSwitches(example(t, body), asserts)); got != want[i] {
				t.Errorf("%s: %d found, want %d (assertions: %v)", body, got, want[i], asserts)
			}
		}
	}
}

// example is a file with a function of this body.
func example(t *testing.T, body string) source {
	t.Helper()
	text := fmt.Sprintf("package x\n\nimport (\n%q\n%q\n%q\n)\n\nfunc f() {\n%s\n}\n", planPackage, planPackage+"/infra", "example.com/other", body)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: "x.go", text: text, fset: fset, ast: file}
}

// The tests that hold for every action hold for those of the list.
func TestTheListOfActionsIsWhole(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, a := range plantest.Actions() {
		listed = append(listed, reflect.TypeOf(a).Name())
	}
	slices.Sort(listed)
	declared := declaredActions(sources(t))
	if !slices.Equal(declared, listed) {
		t.Errorf("package plan declares the actions\n%v, plantest lists\n%v", declared, listed)
	}
}

// declaredActions are the types below internal/plan with a method Kind.
func declaredActions(list []source) (names []string) {
	for _, s := range list {
		if s.isTest() || s.dir() != "internal/plan" && !strings.HasPrefix(s.dir(), "internal/plan/") {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Kind" {
				names = append(names, receiver(f.Recv.List[0].Type))
			}
		}
	}
	slices.Sort(names)
	return names
}
