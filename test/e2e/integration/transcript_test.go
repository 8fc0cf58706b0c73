package integration_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

var ofRun = regexp.MustCompile(`-?(run-\d{6}-[0-9a-f]{6})(-[a-z2-7]{8})?`)

// shows is Shows of a run whose stack has a name that is another each time.
func (s *stack) shows(call string, r stacktest.Result) {
	s.T.Helper()
	for _, m := range ofRun.FindAllStringSubmatch(r.All(), -1) {
		if m[2] != "" {
			s.Hide(s.Name+"-"+m[1]+m[2], "STACK")
		}
		s.Hide(m[1], "RUN")
	}
	for _, made := range s.records() {
		s.Hide(made.Project, "STACK")
	}
	s.Shows(call, r)
}

// goModule has a unit test, and one that needs the stack.
func (s *stack) goModule() {
	s.T.Helper()
	s.File("go.mod", "module example.com/shop\n\ngo 1.26\n")
	s.File("shop.go", "package shop\n\nfunc Sum(a, b int) int { return a + b }\n")
	s.File("shop_test.go", "package shop\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Error(\"no\")\n\t}\n}\n")
	s.File("db_test.go", "//go:build integration\n\npackage shop\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestDB(t *testing.T) {\n\tif os.Getenv(\"API_PORT\") == \"\" {\n\t\tt.Fatal(\"no stack\")\n\t}\n}\n")
}

func TestWhatRunsOfTestsShow(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	all := func(o test.IntegrationOptions) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return test.All(ctx, w, o) })
	}
	s.shows("test:integration, without tests", s.integration(test.IntegrationOptions{}))
	s.shows("test:unit, without tests", s.Run(test.Unit))
	s.shows("test:coverage, without tests", s.Run(test.Coverage))
	s.shows("test:integration -cmd='exit 7'", s.integration(test.IntegrationOptions{Command: "exit 7"}))
	s.shows("test:integration -cmd='exit 7' -keep", s.integration(test.IntegrationOptions{Command: "exit 7", Keep: true}))
	s.goModule()
	s.shows("test:unit", s.Run(test.Unit))
	s.shows("test:integration", s.integration(test.IntegrationOptions{}))
	s.shows("test:all", all(test.IntegrationOptions{}))
	s.shows("test:coverage", s.Run(test.Coverage))
	s.Edit("shop.go", "a + b", "a - b")
	s.shows("test:unit, which fails", s.Run(test.Unit))
	s.shows("test:all, whose unit tests fail", all(test.IntegrationOptions{}))
	s.shows("test:integration -reuse", s.integration(test.IntegrationOptions{Reuse: true, Command: "true"}))
	s.shows("test:integration -reuse, again", s.integration(test.IntegrationOptions{Reuse: true, Command: "true"}))
}
