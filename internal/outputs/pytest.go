package outputs

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// pytest reads the report that pytest ends with, in its styles auto, long,
// short, line and native, and with -v how each test ended.
type pytest struct {
	r       *Reader
	section string // in capitals, as FAILURES; "" outside of any
	name    string // of the test that is reported on
	at      place  // the last place in the repository that the report names
	reason  string // what went wrong there
	marked  bool   // the reason stands behind an E
	text    []string
	begun   []string // the file and the name of a test that -v tells of and that has no end yet
}

type place struct {
	file string
	line int
}

var (
	pytestSection = lazyregexp.New(`^=+ (.*?) =+$`)
	pytestName    = lazyregexp.New(`^_{2,} (?:ERROR (?:collecting|at setup of|at teardown of) )?(.+?) _{2,}$`)
	pytestPlace   = lazyregexp.New(`^(\S.*\.py):(\d+): ?(.*)$`)
	pytestNative  = lazyregexp.New(`^(?:E\s+)?\s*File "([^"]+)", line (\d+)`)
	pytestReason  = lazyregexp.New(`^E\s+(.*\S)`)
	pythonError   = lazyregexp.New(`^[\w.]+(?:Error|Exception|Exit|Interrupt|Warning|Failed)\b.*$`)
	pytestBegun   = lazyregexp.New(`^(\S+\.py)::(\S+(?:\[.*\])?) *$`)
	pytestVerbose = lazyregexp.New(`^(\S+\.py)::(.+?) (PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS)\b(?: \((.*)\))?`)
)

func (p *pytest) line(text string) {
	if m := pytestSection.FindStringSubmatch(text); m != nil {
		p.flush()
		p.section = ""
		if m[1] == "FAILURES" || m[1] == "ERRORS" {
			p.section = m[1]
		}
		return
	}
	if m := pytestVerbose.FindStringSubmatch(text); m != nil && p.section == "" {
		p.ran(m[1], m[2], m[3], m[4])
		return
	}
	if p.section == "" {
		if m := pytestBegun.FindStringSubmatch(text); len(m) > 0 {
			p.begun = m[1:]
		}
		return
	}
	if m := pytestName.FindStringSubmatch(text); len(m) > 0 && strings.Trim(m[1], "_ ") != "" {
		p.flush()
		p.name = m[1]
		return
	}
	p.report(text)
}

// ran is a test of which -v tells.
func (p *pytest) ran(file, name, word, reason string) {
	p.begun = nil
	outcome := Failed
	switch word {
	case "PASSED", "XPASS":
		outcome = Passed
	case "SKIPPED", "XFAIL":
		outcome = Skipped
	}
	p.r.result.Tests = append(p.r.result.Tests, Test{Suite: file, Name: name, Outcome: outcome, Message: reason, File: p.r.file(p.r.o.Dir, file)})
}

// report takes a line of what is told of one test.
func (p *pytest) report(text string) {
	m := pytestPlace.FindStringSubmatch(text)
	if p.name == "" { // --tb=line: a place and a reason, and that is all
		if m != nil {
			p.r.found(finding.Error, "pytest", m[1], number(m[2]), strings.TrimSpace(m[3]))
		}
		return
	}
	p.text = append(p.text, text)
	if m == nil {
		m = pytestNative.FindStringSubmatch(text)
	}
	if m != nil {
		if file := p.r.file(p.r.o.Dir, m[1]); file != "" && !strings.Contains(file, "site-packages/") {
			p.at = place{file, number(m[2])}
		}
		return
	}
	if m = pytestReason.FindStringSubmatch(text); m == nil {
		if pythonError.MatchString(text) && !p.marked {
			p.reason = text // of --tb=native, whose last one counts
		}
	} else if !p.marked || pythonError.MatchString(m[1]) && !pythonError.MatchString(p.reason) {
		p.reason, p.marked = m[1], true
	}
}

// flush ends what is told of a test.
func (p *pytest) flush() {
	if p.name == "" {
		return
	}
	reason := p.reason
	if reason == "" {
		reason = "failed"
	}
	if p.at.file != "" {
		p.r.result.Findings = append(p.r.result.Findings, finding.Finding{Severity: finding.Error, Code: "pytest",
			File: p.at.file, Line: p.at.line, Message: p.name + ": " + reason})
	}
	p.explain(reason)
	p.name, p.at, p.reason, p.marked, p.text = "", place{}, "", false, nil
}

// explain gives the report to the test, which -v has told of, or to one that
// could not even be collected.
func (p *pytest) explain(reason string) {
	output := strings.Join(p.text, "\n")
	tests := p.r.result.Tests
	for i := range tests {
		if tests[i].Outcome == Failed && tests[i].Output == "" && strings.ReplaceAll(tests[i].Name, "::", ".") == p.name {
			tests[i].Message, tests[i].Output = reason, output
			if p.at.file != "" {
				tests[i].File, tests[i].Line = p.at.file, p.at.line
			}
			return
		}
	}
	if p.section == "ERRORS" {
		p.r.result.Tests = append(tests, Test{Suite: p.name, Outcome: Failed, Message: reason, Output: output, File: p.at.file, Line: p.at.line})
	}
}

// end counts a test without an end as failed: os._exit in a test ends pytest without a
// summary, and with whatever exit code.
func (p *pytest) end() {
	p.flush()
	if p.begun != nil {
		p.r.result.Tests = append(p.r.result.Tests, Test{Suite: p.begun[0], Name: p.begun[1], Outcome: Failed, Message: Unended, File: p.r.file(p.r.o.Dir, p.begun[0])})
	}
}
