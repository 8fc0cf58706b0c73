// Package outputs reads what tools print: which tests ran and how they ended,
// and what is wrong, with its file and line. It knows go test (as text and as
// JSON), go build and vet and what prints like them, pytest, node --test as TAP and
// as spec, eslint, tsc, and ruff and flake8, also where pnpm writes the package before each line. What it
// does not know it leaves alone. It imports finding, and runs nothing.
package outputs

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes. A test whose end nobody has told of has failed.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Unended is the message of a test of whose end nothing is known but that there is none.
const Unended = "it did not end"

// Test is one test, or a package that could not be tested: then Name is "".
type Test struct {
	Suite   string // the package, or the file
	Name    string
	Outcome Outcome
	Took    time.Duration // 0 where it is unknown
	Message string        // why it failed or was skipped, one line
	Output  string        // what it said, if it failed
	// File is where it is, or where it failed, relative to the root; "" where nothing says so.
	File string
	Line int // in File; 0 where it is unknown
}

// Result is what is known when the tool has ended.
type Result struct {
	Findings []finding.Finding // sorted; a File is relative to the root, with slashes
	Tests    []Test            // in the order of their ends
}

// Options say where a tool ran.
type Options struct {
	Root    string            // of the repository, absolute
	Dir     string            // where the tool ran, relative to Root
	Modules map[string]string // Go modules by their paths: directories relative to Root
	Members []string          // directories of a workspace's packages, relative to Root
	// Known is what has been read where the tools were run: lines are only shown then, as they
	// do not say in which directory that was. nil: they are read.
	Known func() Result
}

// Reader takes the lines of one tool, or of tools that ran one after the other.
// It is no use to several goroutines at once.
type Reader struct {
	o        Options
	parsers  []parser
	prefixed map[string]*Reader // by the package that a line begins with
	goRun    *goRun             // of go test -json
	result   Result
}

// parser is what one tool's lines are read with.
type parser interface {
	// line takes a line without its end and without colour.
	line(text string)
	// end is called once, after the last line.
	end()
}

// NewReader reads what a tool prints.
func NewReader(o Options) *Reader {
	r := &Reader{o: o, prefixed: map[string]*Reader{}}
	r.parsers = []parser{&goTest{r: r}, &compiler{r: r}, &pytest{r: r}, &eslint{r: r}, &tap{r: r}, &spec{r: r}}
	return r
}

var escape = lazyregexp.New(`\x1b\[[0-?]*[ -/]*[@-~]`)

// pnpm's lines when it runs in several packages: "packages/a lint: text".
var pnpmLine = lazyregexp.New(`^([\w@.-]+(?:/[\w@.-]+)*) ([\w:.-]+): (.*)$`)

// Line takes a line without its end, and returns what is to be shown of it:
// itself, or for go test -json what go test would print.
func (r *Reader) Line(text string) []string {
	if r.o.Known != nil {
		return []string{text}
	}
	plain := escape.ReplaceAllString(strings.TrimSuffix(text, "\r"), "")
	if shown, ok := r.goEvent(plain); ok {
		return shown
	}
	if m := pnpmLine.FindStringSubmatch(plain); len(m) > 0 {
		if dir := r.member(m[1]); dir != "" {
			r.inPackage(dir, m[2]).read(m[3])
		}
	}
	r.read(plain)
	return []string{text}
}

func (r *Reader) read(plain string) {
	for _, p := range r.parsers {
		p.line(plain)
	}
}

// member is the directory of a package as pnpm names it, relative to where that runs; "" where
// it cannot be told. pnpm writes three dots for the front of a long one.
func (r *Reader) member(name string) (dir string) {
	rest, cut := strings.CutPrefix(name, "...")
	if !cut {
		if filepath.IsLocal(name) {
			return name
		}
		return ""
	}
	for _, member := range r.o.Members {
		if !strings.HasSuffix(member, rest) {
			continue
		}
		at, err := filepath.Rel(filepath.Join(".", r.o.Dir), member)
		if dir != "" || err != nil {
			return ""
		}
		dir = at
	}
	return dir
}

// inPackage reads the lines of one script of one package of a workspace.
func (r *Reader) inPackage(dir, script string) *Reader {
	key := dir + " " + script
	if r.prefixed[key] == nil {
		o := r.o
		o.Dir, o.Members = filepath.Join(o.Dir, dir), nil
		r.prefixed[key] = NewReader(o)
	}
	return r.prefixed[key]
}

// Close ends the reading.
func (r *Reader) Close() Result {
	if r.o.Known != nil {
		return r.o.Known()
	}
	for _, p := range r.parsers {
		p.end()
	}
	for _, key := range slices.Sorted(maps.Keys(r.prefixed)) { // as in the run before
		of := r.prefixed[key].Close()
		r.result.Findings = append(r.result.Findings, of.Findings...)
		r.result.Tests = append(r.result.Tests, of.Tests...)
	}
	r.prefixed = nil
	r.result.Findings = finding.Sort(slices.Clone(r.result.Findings))
	return r.result
}

// found keeps a finding; a file outside of the repository is none of ours.
func (r *Reader) found(severity finding.Severity, code, file string, line int, message string) {
	if file != "" {
		if file = r.file(r.o.Dir, file); file == "" {
			return
		}
	}
	r.result.Findings = append(r.result.Findings, finding.Finding{Severity: severity, Code: code, File: file, Line: line, Message: message})
}

// Text is what a finding says, with the rule where its tool has several.
func Text(f finding.Finding) string {
	if slices.Contains([]string{"", "go", "go test", "pytest", "eslint", "node"}, f.Code) {
		return f.Message
	}
	return f.Message + " (" + f.Code + ")"
}

// file is a path as it stands relative to the root, "" where it is not below it.
func (r *Reader) file(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		relative, err := filepath.Rel(r.o.Root, path)
		if err != nil {
			return ""
		}
		path = relative
	} else {
		path = filepath.Join(dir, path)
	}
	if !filepath.IsLocal(path) {
		return ""
	}
	return filepath.ToSlash(path)
}
