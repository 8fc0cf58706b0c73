package arch_test

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// ours is a command of ours, which is spelled as the user has called.
var ours = regexp.MustCompile(`\bmage (?:[a-z][a-z0-9]*:[a-z]+|…|-[lh]\b|ci\b|clean\b)`)

// Results go to standard output, where nobody spells commands: Run.Say does, and
// fmt.Fprint does not. It breaks no lines for a terminal either, as Run.Tell does.
func TestCommandsInResultsAreSpelledAsTheUserCalled(t *testing.T) {
	seen := 0
	for _, s := range sources(t) {
		if s.isTest() || !strings.HasPrefix(s.path, "internal/command/") && !strings.HasPrefix(s.path, "internal/execute/") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			to, isField := call.Args[0].(*ast.SelectorExpr)
			if !ok || !isField || !strings.HasPrefix(fun.Sel.Name, "Fprint") && fun.Sel.Name != "WriteString" || to.Sel.Name != "Out" && to.Sel.Name != "Err" {
				return true
			}
			seen++
			if text, _ := folded(call.Args[1]); strings.HasPrefix(text, "note:") || strings.HasPrefix(text, "warning:") {
				t.Errorf("%s:%d writes %q, which Run.Tell would break between words", s.path, s.line(n), text)
			}
			for _, arg := range call.Args[1:] {
				if text, ok := folded(arg); ok && ours.MatchString(text) {
					t.Errorf("%s:%d writes %q, which Run.Say would spell", s.path, s.line(n), text)
				}
			}
			return true
		})
	}
	if seen < 5 {
		t.Errorf("looked at %d calls only", seen)
	}
}
