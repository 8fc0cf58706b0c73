package outputs

import (
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// tap reads TAP, which node --test writes without a terminal until Node 23: how each test ended, and
// behind that, as YAML, why. A test that has tests of its own counts only where it failed by itself.
type tap struct {
	r      *Reader
	begun  bool     // nothing before a line with the version is TAP
	names  []string // of the tests that have begun, from the outermost
	depth  int      // of the last end
	test   *Test    // that has ended, and that the YAML is about; nil for none
	inner  bool     // it has tests of its own
	yaml   bool
	key    string
	at     place // where it is
	failed place // where it failed
	text   []string
}

var (
	tapVersion = lazyregexp.New(`^TAP version 1[34]$`)
	tapSubtest = lazyregexp.New(`^( *)# Subtest: (.+)$`)
	tapEnd     = lazyregexp.New(`^( *)(not ok|ok) \d+ - (.+?)(?: # (SKIP|TODO)\b ?(.*))?$`)
	tapKey     = lazyregexp.New(`^ *(\w+): (.*)$`)
	nodePlace  = lazyregexp.New(`\(?(?:file://)?(/[^()]+?):(\d+):\d+\)?'?$`)
)

func (p *tap) line(text string) {
	switch {
	case !p.begun:
		p.begun = tapVersion.MatchString(text)
	case p.yaml && strings.TrimSpace(text) == "...":
		p.yaml = false
		p.flush()
	case p.yaml:
		p.explain(text)
	case p.test != nil && strings.TrimSpace(text) == "---":
		p.yaml = true
	default:
		if m := tapSubtest.FindStringSubmatch(text); m != nil {
			p.flush()
			depth := min(len(m[1])/4, len(p.names))
			p.names = append(p.names[:depth:depth], m[2])
		} else if m := tapEnd.FindStringSubmatch(text); m != nil {
			p.flush()
			p.ended(len(m[1])/4, m[2], m[3], m[4], m[5])
		}
	}
}

// ended is the end of a test at a depth, which is told after those of its own tests.
func (p *tap) ended(depth int, word, name, directive, reason string) {
	outcome := Failed
	switch {
	case directive != "":
		outcome = Skipped
	case word == "ok":
		outcome = Passed
	}
	p.inner, p.depth = depth < p.depth, depth
	outer := p.names[:min(depth, len(p.names))]
	p.test = &Test{Suite: p.r.nodeSuite(), Name: strings.Join(append(outer[:len(outer):len(outer)], p.r.nodeName(name)), " > "), Outcome: outcome, Message: reason}
}

// explain takes a line of the YAML.
func (p *tap) explain(text string) {
	p.text = append(p.text, text)
	m := tapKey.FindStringSubmatch(text)
	if indent := len(text) - len(strings.TrimLeft(text, " ")); m == nil || indent != 4*p.depth+2 { // or of a value
		p.more(strings.TrimSpace(text))
		return
	}
	value := strings.ReplaceAll(strings.Trim(m[2], "'"), "''", "'")
	switch p.key = m[1]; p.key {
	case "duration_ms":
		ms, _ := strconv.ParseFloat(value, 64)
		p.test.Took = time.Duration(ms * float64(time.Millisecond))
	case "location":
		p.at = p.place(value)
	case "failureType":
		if p.inner && value == "subtestsFailed" { // which are told
			p.test.Name = ""
		}
	case "error":
		if !strings.HasPrefix(value, "|") {
			p.test.Message = value
		}
	}
}

// more is a line of a value of several.
func (p *tap) more(text string) {
	switch {
	case p.key == "error" && p.test.Message == "":
		p.test.Message = strings.TrimSuffix(text, ":")
	case p.key == "stack" && p.failed.file == "":
		p.failed = p.place(text)
	}
}

// place is one of the repository's own files, that a line ends with.
func (p *tap) place(text string) place {
	m := nodePlace.FindStringSubmatch(text)
	if len(m) == 0 || strings.Contains(m[1], "/node_modules/") {
		return place{}
	}
	return place{p.r.file(p.r.o.Dir, m[1]), number(m[2])}
}

// flush ends what is told of a test.
func (p *tap) flush() {
	t, at := p.test, p.failed
	if at.file == "" {
		at = p.at
	}
	output := strings.Join(p.text, "\n")
	p.test, p.key, p.at, p.failed, p.text = nil, "", place{}, place{}, nil
	if t == nil || t.Name == "" || p.inner && t.Outcome != Failed {
		return
	}
	t.File, t.Line = at.file, at.line
	if t.Outcome == Failed {
		t.Output = output
		if at.file != "" {
			p.r.result.Findings = append(p.r.result.Findings, finding.Finding{Severity: finding.Error, Code: "node", File: at.file, Line: at.line,
				Message: t.Name + ": " + t.Message})
		}
	}
	p.r.result.Tests = append(p.r.result.Tests, *t)
}

func (p *tap) end() { p.flush() }
