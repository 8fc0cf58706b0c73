package outputs

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
)

// goEvent is a line of go test -json; see `go doc test2json`.
type goEvent struct {
	Action, Package, Test, Output string
	ImportPath, FailedBuild       string
	Elapsed                       float64 // seconds
}

// goRun is what is known of a go test -json until it has ended.
type goRun struct {
	packages map[string]*goPackage
	builds   map[string][]string // what the compiler said, by ImportPath
}

// goPackage is a package whose tests run.
type goPackage struct {
	lines  []goOutput
	open   []string // tests that have begun and not ended
	failed bool     // some test of it
}

// goOutput is a line of a test, or of the package itself: then test is "".
type goOutput struct{ test, text string }

// goEvent takes an event and returns what go test would print for it.
func (r *Reader) goEvent(text string) (shown []string, ok bool) {
	if !strings.HasPrefix(text, "{") {
		return nil, false
	}
	var e goEvent
	if json.Unmarshal([]byte(text), &e) != nil || e.Action == "" || e.Package == "" && e.ImportPath == "" {
		return nil, false
	}
	if r.goRun == nil {
		r.goRun = &goRun{packages: map[string]*goPackage{}, builds: map[string][]string{}}
		r.parsers = append(r.parsers, goJSON{r})
	}
	return r.take(e), true
}

func (r *Reader) take(e goEvent) []string {
	line := strings.TrimSuffix(e.Output, "\n")
	if e.Package == "" {
		if e.Action == "build-output" {
			r.goRun.builds[e.ImportPath] = append(r.goRun.builds[e.ImportPath], line)
			r.read(line)
			return []string{line}
		}
		return nil
	}
	p := r.goRun.packages[e.Package]
	if p == nil {
		p = &goPackage{}
		r.goRun.packages[e.Package] = p
	}
	switch e.Action {
	case "run":
		p.open = append(p.open, e.Test)
	case "output":
		p.lines = append(p.lines, goOutput{e.Test, line})
	case "pass", "fail", "skip":
		if e.Test == "" {
			return r.endPackage(e, p)
		}
		r.endTest(e, p, map[string]Outcome{"pass": Passed, "fail": Failed, "skip": Skipped}[e.Action], "")
	}
	return nil
}

// endTest keeps how a test ended. What one says that passes is not shown.
func (r *Reader) endTest(e goEvent, p *goPackage, outcome Outcome, message string) {
	p.open = slices.DeleteFunc(p.open, func(name string) bool { return name == e.Test })
	said := p.said(e.Test)
	t := Test{Suite: e.Package, Name: e.Test, Outcome: outcome, Took: time.Duration(e.Elapsed * float64(time.Second)), Message: message}
	if outcome == Failed {
		p.failed = true
		t.Output = strings.Join(said, "\n")
		t.File, t.Line = r.testFindings(e.Package, e.Test, said)
	} else {
		p.lines = slices.DeleteFunc(p.lines, func(o goOutput) bool { return o.test == e.Test })
	}
	if t.Message == "" && outcome != Passed {
		t.Message = firstMessage(said)
	}
	r.result.Tests = append(r.result.Tests, t)
}

// testFindings are what a test that failed has said with a file and a line, and
// where it panicked. The first of them is where it failed.
func (r *Reader) testFindings(pkg, test string, said []string) (file string, line int) {
	var panicked *trace
	before := len(r.result.Findings)
	for _, line := range said {
		if m := goMessage.FindStringSubmatch(line); m != nil {
			r.foundInPackage(pkg, pending{m[1], number(m[2]), test + ": " + m[3]})
		} else if panicked != nil {
			panicked.line(r, line)
		} else if m := goPanic.FindStringSubmatch(line); m != nil {
			panicked = &trace{test: test, message: m[1]}
		}
	}
	if panicked != nil {
		panicked.found(r)
	}
	if found := r.result.Findings[before:]; len(found) > 0 {
		return found[0].File, found[0].Line
	}
	return "", 0
}

// said are the lines of one test.
func (p *goPackage) said(test string) (lines []string) {
	for _, o := range p.lines {
		if o.test == test && !goNoise(o.text) {
			lines = append(lines, o.text)
		}
	}
	return lines
}

// goNoise is what go test prints with -v alone.
func goNoise(line string) bool {
	return strings.HasPrefix(line, "=== RUN ") || strings.HasPrefix(line, "=== PAUSE ") || strings.HasPrefix(line, "=== CONT ") || strings.HasPrefix(line, "=== NAME ")
}

// firstMessage is the first thing that a test said by its T, or that it panicked of.
func firstMessage(lines []string) string {
	for _, line := range lines {
		if m := goMessage.FindStringSubmatch(line); m != nil {
			return m[3]
		}
		if m := goPanic.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// endPackage ends the tests that have not: go test tells of none that -timeout,
// a signal or os.Exit has ended. A package that fails without a test that did is
// a failure of its own, with what the compiler said.
func (r *Reader) endPackage(e goEvent, p *goPackage) []string {
	for _, name := range slices.Backward(p.open) {
		r.endTest(goEvent{Package: e.Package, Test: name}, p, Failed, unended(p, name))
	}
	shown := p.shown()
	if e.Action == "fail" && !p.failed {
		said := shown
		if built := r.goRun.builds[e.FailedBuild]; built != nil {
			said = built
		}
		t := Test{Suite: e.Package, Outcome: Failed, Message: packageMessage(said), Output: strings.Join(said, "\n")}
		if m := goLine.FindStringSubmatch(t.Message); m != nil {
			t.File, t.Line = r.file(r.o.Dir, m[1]), number(m[2])
		}
		r.result.Tests = append(r.result.Tests, t)
		if e.FailedBuild == "" {
			r.result.Findings = append(r.result.Findings, finding.Finding{Severity: finding.Error, Code: "go test", Message: e.Package + ": " + packageMessage(said)})
		}
	}
	delete(r.goRun.packages, e.Package)
	return shown
}

// unended says why a test has no end.
func unended(p *goPackage, name string) string {
	for _, o := range p.lines {
		if m := goPanic.FindStringSubmatch(o.text); m != nil && strings.HasPrefix(name, strings.SplitN(o.test, "/", 2)[0]) {
			return Unended + ": " + m[2]
		}
	}
	return Unended
}

// shown is what go test prints of a package.
func (p *goPackage) shown() (lines []string) {
	for _, o := range p.lines {
		if goNoise(o.text) || o.test == "" && (o.text == "PASS" || o.text == "FAIL") {
			continue
		}
		lines = append(lines, o.text)
	}
	return lines
}

// packageMessage is the first line that is about something.
func packageMessage(lines []string) string {
	for _, line := range lines {
		if line != "" && !strings.HasPrefix(line, "#") {
			return strings.TrimSpace(strings.ReplaceAll(line, "\t", " "))
		}
	}
	return "failed"
}

// goJSON ends the packages that have not: go test itself was ended.
type goJSON struct{ r *Reader }

func (goJSON) line(string) {}

func (g goJSON) end() {
	for name, p := range g.r.goRun.packages {
		g.r.endPackage(goEvent{Action: "fail", Package: name}, p)
	}
}
