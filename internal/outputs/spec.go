package outputs

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// spec reads what node --test writes on a terminal, and from Node 23 on everywhere: how each
// test ended, then counts, then what the failed ones have said. Others print such marks, too:
// without the counts it is none of node's. A test that has tests of its own counts only where
// it failed by itself.
type spec struct {
	r      *Reader
	names  []string // of the tests that have begun, from the outermost
	tests  []specTest
	whole  int  // how many of them are node's
	failed bool // below "failing tests:"
	at     *place
	test   *specTest // that is reported on; nil for none
	stack  place     // where it failed
	text   []string
}

type specTest struct {
	Test
	leaf  string // its name without those that it is in
	inner bool   // it has tests of its own
}

var (
	specLine  = lazyregexp.New(`^( *)([✔✖▶⚠﹣]) (.+?)(?: \((\d+(?:\.\d+)?)ms\))?(?: # (.*))?$`)
	specCount = lazyregexp.New(`^ℹ tests \d+$`)
	specAt    = lazyregexp.New(`^test at (.+):(\d+):\d+$`)
)

func (p *spec) line(text string) {
	m := specLine.FindStringSubmatch(text)
	switch {
	case specCount.MatchString(text):
		p.whole = len(p.tests)
	case text == "✖ failing tests:":
		p.failed = p.whole == len(p.tests)
	case !p.failed && m != nil:
		p.ended(len(m[1])/2, m[2], m[3], m[4], m[5])
	case p.failed:
		p.report(text, m)
	}
}

// ended is a test that has ended, or one with tests of its own that begins.
func (p *spec) ended(depth int, mark, name, took, note string) {
	depth = min(depth, len(p.names))
	if mark == "▶" && took == "" {
		p.names = append(p.names[:depth:depth], name)
		return
	}
	if took == "" && note == "" {
		return // of another tool: node says how long each took
	}
	t := specTest{leaf: name, inner: len(p.names) > depth && p.names[depth] == name}
	p.names = p.names[:depth]
	t.Suite, t.Name, t.Outcome, t.Message = p.r.nodeSuite(), strings.Join(append(p.names[:depth:depth], p.r.nodeName(name)), " > "), Failed, note
	switch {
	case note != "" || mark == "﹣":
		t.Outcome = Skipped
	case mark == "✔":
		t.Outcome = Passed
	}
	ms, _ := strconv.ParseFloat(took, 64)
	t.Took = time.Duration(ms * float64(time.Millisecond))
	p.tests = append(p.tests, t)
}

// report takes a line of what is told of the failed tests. Another run of node may follow.
func (p *spec) report(text string, m []string) {
	if at := specAt.FindStringSubmatch(text); at != nil {
		p.flush()
		p.at = &place{p.r.file(p.r.o.Dir, at[1]), number(at[2])}
		return
	}
	if len(m) > 0 && m[1] == "" {
		p.flush()
		if p.at == nil {
			p.failed = false
			p.ended(0, m[2], m[3], m[4], m[5])
			return
		}
		p.test = p.find(m[3])
		return
	}
	p.text = append(p.text, strings.TrimPrefix(text, "  "))
	if at := nodePlace.FindStringSubmatch(text); at != nil && p.stack.file == "" && !strings.Contains(at[1], "/node_modules/") {
		p.stack = place{p.r.file(p.r.o.Dir, at[1]), number(at[2])}
	}
}

// find is the first failed test of a name that nothing was told of yet.
func (p *spec) find(name string) *specTest {
	i := slices.IndexFunc(p.tests, func(t specTest) bool { return t.Outcome == Failed && t.leaf == name && t.Message == "" })
	if i < 0 {
		return nil
	}
	return &p.tests[i]
}

// flush ends what is told of a test.
func (p *spec) flush() {
	t, at, text := p.test, p.stack, p.text
	if at.file == "" && p.at != nil && len(p.r.o.Members) < 2 { // else it may be relative to any of them
		at = *p.at
	}
	if t != nil {
		p.at = nil
	}
	p.test, p.stack, p.text = nil, place{}, nil
	if t == nil {
		return
	}
	t.File, t.Line, t.Output, t.Message = at.file, at.line, strings.TrimSpace(strings.Join(text, "\n")), "failed"
	if first, _, _ := strings.Cut(t.Output, "\n"); first != "" {
		t.Message = strings.TrimSuffix(strings.TrimPrefix(strings.Trim(first, "'"), "AssertionError [ERR_ASSERTION]: "), ":")
	}
	if at.file != "" {
		p.r.result.Findings = append(p.r.result.Findings, finding.Finding{Severity: finding.Error, Code: "node", File: at.file, Line: at.line, Message: t.Name + ": " + t.Message})
	}
}

func (p *spec) end() {
	p.flush()
	for _, t := range p.tests[:p.whole] {
		if !t.inner || t.Outcome == Failed && t.Message != "" {
			p.r.result.Tests = append(p.r.result.Tests, t.Test)
		}
	}
}

// nodeName is what a test of node is called: a file without a test of its own is said by its
// path on this machine.
func (r *Reader) nodeName(name string) string {
	if file := r.file(r.o.Dir, name); filepath.IsAbs(name) && file != "" {
		return file
	}
	return name
}

// nodeSuite is that of the tests that run in one directory.
func (r *Reader) nodeSuite() string {
	if dir := filepath.ToSlash(filepath.Clean(r.o.Dir)); dir != "." {
		return dir
	}
	return "node"
}
