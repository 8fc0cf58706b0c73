package outputs

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The tools' real output, made by running them: go 1.26, pytest 7.2, eslint 9, tsc 5,
// flake8 5, pnpm 10, node 20 and, as spec, 24. Beside each lies what is read of it.
func TestWhatToolsPrintIsReadWithFileAndLine(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	more, _ := filepath.Glob("testdata/*.json")
	if files = append(files, more...); err != nil || len(files) < 14 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden := file + ".read"
			got := told(read(string(text)))
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// read reads a text, and returns what is shown of it.
func read(text string) (Result, string) {
	r := NewReader(Options{Root: "/repo", Modules: map[string]string{"example.com/shop": "."}, Members: []string{"packages/money", "packages/a-package-with-a-rather-long-name"}})
	var shown strings.Builder
	for line := range strings.Lines(text) {
		for _, one := range r.Line(strings.TrimSuffix(line, "\n")) {
			shown.WriteString(one + "\n")
		}
	}
	return r.Close(), shown.String()
}

// told is a result as text; what is shown is only where it is another than what was read.
func told(result Result, shown string) string {
	var b bytes.Buffer
	for _, f := range result.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s\n", f.Severity, f.Code, f.Place(), f.Message)
	}
	for _, test := range result.Tests {
		fmt.Fprintf(&b, "%s %s %q %s\n", test.Outcome, test.Suite, test.Name, test.Message)
		if test.File != "" {
			fmt.Fprintf(&b, "\tat %s:%d\n", test.File, test.Line)
		}
		if test.Outcome == Failed {
			fmt.Fprintf(&b, "\t%s\n", strings.ReplaceAll(test.Output, "\n", "\n\t"))
		}
	}
	if len(result.Tests) > 10 {
		fmt.Fprintf(&b, "shown:\n%s", shown)
	}
	return b.String()
}

// go test tells of no end of a test that its -timeout, a signal or os.Exit ends.
func TestATestWithoutAnEndHasFailed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]goEvent{
		"the package passes": {Action: "pass", Package: "m"}, // somebody called os.Exit(0)
		"the package fails":  {Action: "fail", Package: "m"},
		"go test was killed": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := []goEvent{{Action: "start", Package: "m"}, {Action: "run", Package: "m", Test: "TestA"}, end}
			var text strings.Builder
			for _, e := range events {
				line, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				text.WriteString(string(line) + "\n")
			}
			got, _ := read(text.String())
			if len(got.Tests) != 1 || got.Tests[0].Outcome != Failed || got.Tests[0].Message != "it did not end" {
				t.Errorf("tests = %+v", got.Tests)
			}
		})
	}
}

// What pytest -v prints of a test that calls os._exit: findings/pytest-exit-zero-in-a-test-is-green.sh.
func TestATestThatEndsPytestHasFailed(t *testing.T) {
	t.Parallel()
	got, _ := read("test_x.py::test_a PASSED          [ 33%]\ntest_x.py::test_b[1 2] ")
	if len(got.Tests) != 2 || got.Tests[1].Name != "test_b[1 2]" || got.Tests[1].Outcome != Failed || got.Tests[1].Message != Unended {
		t.Errorf("tests = %+v", got.Tests)
	}
}

// Of a file without a test of its own node says the path on this machine.
func TestANodeTestThatIsAFileIsCalledAsInTheRepository(t *testing.T) {
	t.Parallel()
	got, _ := read("TAP version 13\n# Subtest: /repo/a/x.test.js\nnot ok 1 - /repo/a/x.test.js\n  ---\n  location: '/repo/a/x.test.js:1:1'\n  error: 'test failed'\n  ...\n1..1\n")
	if len(got.Tests) != 1 || got.Tests[0].Name != "a/x.test.js" || len(got.Findings) != 1 || got.Findings[0].Place() != "a/x.test.js:1" {
		t.Errorf("got %+v", got)
	}
}

// Others print the same marks, as mocha does, and no counts as node's.
func TestMarksWithoutNodesCountsAreNoTestsOfIts(t *testing.T) {
	t.Parallel()
	const marks = "\u2714 adds (0.9ms)\n\u2716 fails (1.2ms)\n"
	if got, _ := read(marks + "2 passing\n"); len(got.Tests) != 0 {
		t.Errorf("tests = %+v", got.Tests)
	}
	// Of two runs after each other both count, the second also where it begins with a failed one.
	const run = marks + "\u2139 tests 2\n\n\u2716 failing tests:\n\ntest at x.test.js:1:1\n\u2716 fails (1.2ms)\n  Error: no\n      at /repo/x.test.js:2:3\n"
	got, _ := read(run + "\u2716 other (1ms)\n" + run)
	var told []string
	for _, one := range got.Tests {
		told = append(told, one.Name+" "+string(one.Outcome)+" "+one.Message)
	}
	if want := "adds passed , fails failed Error: no, other failed , adds passed , fails failed Error: no"; strings.Join(told, ", ") != want {
		t.Errorf("got %q", told)
	}
}

// Who silences a rule has to know its name.
func TestAFindingSaysTheRuleThatItIsOf(t *testing.T) {
	t.Parallel()
	got, _ := read("shop/cart.py:1:1: F401 'os' imported but unused\nx/a.go:3:4: undefined: y\n--- FAIL: TestA (0.00s)\n    y_test.go:5: no\nFAIL\texample.com/shop/y\t0.1s\n")
	if len(got.Findings) != 3 || Text(got.Findings[2]) != "TestA: no" || Text(got.Findings[0]) != "'os' imported but unused (F401)" || Text(got.Findings[1]) != "undefined: y" {
		t.Errorf("findings = %+v", got.Findings)
	}
}

func TestTheTestsOfAWorkspaceHaveOneOrder(t *testing.T) {
	t.Parallel()
	var text, want, names strings.Builder
	for _, name := range strings.Fields("h c a f b g e d") {
		fmt.Fprintf(&text, "packages/%s test: test_x.py::test_%s PASSED [100%%]\n", name, name)
	}
	for _, name := range strings.Fields("a b c d e f g h") {
		want.WriteString("test_" + name + " ")
	}
	got, _ := read(text.String())
	for _, one := range got.Tests {
		names.WriteString(one.Name + " ")
	}
	if names.String() != want.String() {
		t.Errorf("got %s, want %s", &names, &want)
	}
}

func TestWhatLiesOutsideOfTheRepositoryIsNoFindingOfIts(t *testing.T) {
	t.Parallel()
	got, _ := read("/usr/lib/go/src/fmt/print.go:12:3: undefined: x\n../other/a.go:1:1: undefined: y\nhttps://example.com/a.go:12: no\n")
	if len(got.Findings) != 0 {
		t.Errorf("findings = %+v", got.Findings)
	}
}

// Whatever a tool prints, nothing panics, and nothing that is shown is lost.
func FuzzAnyTextIsRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range append(files, "testdata/go-test.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		result, _ := read(text)
		for _, found := range result.Findings {
			if found.File != "" && !filepath.IsLocal(filepath.FromSlash(found.File)) {
				t.Errorf("a finding outside of the repository: %+v", found)
			}
		}
	})
}

func TestWhatWasReadWhereTheToolRanIsNotReadAgain(t *testing.T) {
	t.Parallel()
	known := Result{Tests: []Test{{Suite: "api", Name: "TestA", Outcome: Passed}}}
	r := NewReader(Options{Known: func() Result { return known }})
	if shown := r.Line("--- FAIL: TestB (0.00s)"); len(shown) != 1 {
		t.Errorf("shown are %q", shown)
	}
	if got := r.Close(); len(got.Tests) != 1 || got.Tests[0] != known.Tests[0] {
		t.Errorf("got %v", got)
	}
}
