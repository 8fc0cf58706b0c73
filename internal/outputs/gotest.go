package outputs

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// goTest reads go test as text: the package of what failed comes last.
type goTest struct {
	r       *Reader
	test    string
	pending []pending // until their package is known
	trace   *trace
}

// pending is a finding whose file is relative to a package.
type pending struct {
	file    string
	line    int
	message string
}

var (
	goResult  = lazyregexp.New(`^(?:FAIL|ok  |---)\t(\S+)`)
	goFailed  = lazyregexp.New(`^\s*--- FAIL: (\S+)`)
	goEnded   = lazyregexp.New(`^\s*--- (?:PASS|SKIP): |^=== `)
	goMessage = lazyregexp.New(`^\s+([\w.-]+\.go):(\d+): (.*)$`)
	goPanic   = lazyregexp.New(`^((?:panic|fatal error): (.*?))(?: \[recovered.*)?$`)
	goFrame   = lazyregexp.New(`^\t(/.+\.go|[A-Za-z]:.+\.go):(\d+) \+0x`)
	goRunning = lazyregexp.New(`^\t\t(\S+) \([\d.hms]+\)$`)
)

func (g *goTest) line(text string) {
	if g.trace != nil && g.trace.line(g.r, text) {
		return
	}
	if m := goResult.FindStringSubmatch(text); m != nil {
		g.flush(m[1])
		return
	}
	switch m := goFailed.FindStringSubmatch(text); {
	case m != nil:
		g.test = m[1]
	case goEnded.MatchString(text):
		g.test = ""
	}
	if m := goMessage.FindStringSubmatch(text); m != nil && g.test != "" {
		g.pending = append(g.pending, pending{m[1], number(m[2]), g.test + ": " + m[3]})
	} else if m := goPanic.FindStringSubmatch(text); m != nil {
		g.trace = &trace{test: g.test, message: m[1]}
	}
}

// flush resolves what is pending.
func (g *goTest) flush(pkg string) {
	for _, p := range g.pending {
		g.r.foundInPackage(pkg, p)
	}
	if g.trace != nil {
		g.trace.found(g.r)
	}
	g.test, g.pending, g.trace = "", nil, nil
}

func (g *goTest) end() { g.flush("") }

// foundInPackage keeps a finding of a Go test, whose file is named without its
// directory.
func (r *Reader) foundInPackage(pkg string, p pending) {
	f := finding.Finding{Severity: finding.Error, Code: "go test", Line: p.line, Message: p.message}
	if f.File = r.file(r.packageDir(pkg), p.file); f.File != "" {
		r.result.Findings = append(r.result.Findings, f)
	}
}

// packageDir is where a Go package lies, by the module that has the longest
// part of its name. One of no known module is taken to lie where the tool ran.
func (r *Reader) packageDir(pkg string) string {
	pkg, _, _ = strings.Cut(pkg, " ")
	best, dir := -1, r.o.Dir
	for path, at := range r.o.Modules {
		if rest, found := strings.CutPrefix(pkg+"/", path+"/"); found && len(path) > best {
			best, dir = len(path), at+"/"+rest
		}
	}
	return dir
}

// trace is what Go prints of a panic, or of tests that took too long: the first
// place in the repository is where to look.
type trace struct {
	test, message string
	at            place
}

// line takes a line of the trace, and reports whether it was one.
func (t *trace) line(r *Reader, text string) bool {
	if m := goRunning.FindStringSubmatch(text); m != nil {
		t.test = m[1] // the innermost comes last
	} else if m := goFrame.FindStringSubmatch(text); m != nil && t.at.file == "" {
		t.at = place{r.file("", m[1]), number(m[2])}
	}
	return !goResult.MatchString(text)
}

func (t *trace) found(r *Reader) {
	if t.at.file == "" {
		return
	}
	message := t.message
	if t.test != "" {
		message = t.test + ": " + message
	}
	r.result.Findings = append(r.result.Findings, finding.Finding{Severity: finding.Error, Code: "go test", File: t.at.file, Line: t.at.line, Message: message})
}
