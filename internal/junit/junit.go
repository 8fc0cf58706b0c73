// Package junit writes test results as the XML that CI systems read: JUnit's, as Ant
// writes it and Jenkins, GitLab and others read it. It imports nothing of ours.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Suite is a group of cases.
type Suite struct {
	Name  string
	Began time.Time // zero where it never began
	Took  time.Duration
	Cases []Case
}

// Case is one test.
type Case struct {
	Class, Name string
	File        string // "" where it is unknown
	Line        int    // from 1; 0 where it is unknown
	Took        time.Duration
	Failure     *Detail // nil unless it failed
	Error       *Detail // nil unless it did not come to its end
	Skipped     string  // why it did not run; "" where it did
}

// Detail is why a case failed.
type Detail struct {
	Message string // one line
	Text    string // all that was said
}

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name      string     `xml:"name,attr"`
	Tests     int        `xml:"tests,attr"`
	Failures  int        `xml:"failures,attr"`
	Errors    int        `xml:"errors,attr"`
	Skipped   int        `xml:"skipped,attr"`
	Time      string     `xml:"time,attr"`
	Timestamp string     `xml:"timestamp,attr,omitempty"`
	Cases     []testcase `xml:"testcase"`
}

type testcase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	File    string   `xml:"file,attr,omitempty"`
	Line    int      `xml:"line,attr,omitempty"`
	Time    string   `xml:"time,attr"`
	Failure *failure `xml:"failure"`
	Error   *failure `xml:"error"`
	Skipped *skipped `xml:"skipped"`
}

type failure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type skipped struct {
	Message string `xml:"message,attr"`
}

// Write writes the suites as one document. What XML has no character for becomes
// U+FFFD, and colours are left out.
func Write(w io.Writer, list []Suite) error {
	var out suites
	var took time.Duration
	for _, s := range list {
		of := s.xml()
		took += s.Took
		out.Tests, out.Failures, out.Errors, out.Skipped = out.Tests+of.Tests, out.Failures+of.Failures, out.Errors+of.Errors, out.Skipped+of.Skipped
		out.Suites = append(out.Suites, of)
	}
	out.Time = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s Suite) xml() suite {
	out := suite{Name: plain(s.Name), Tests: len(s.Cases), Time: seconds(s.Took)}
	if !s.Began.IsZero() {
		out.Timestamp = s.Began.UTC().Format("2006-01-02T15:04:05")
	}
	for _, c := range s.Cases {
		of := testcase{Class: plain(c.Class), Name: plain(c.Name), File: plain(c.File), Line: c.Line, Time: seconds(c.Took)}
		switch {
		case c.Failure != nil:
			out.Failures++
			of.Failure = &failure{Message: plain(c.Failure.Message), Text: plain(c.Failure.Text)}
		case c.Error != nil:
			out.Errors++
			of.Error = &failure{Message: plain(c.Error.Message), Text: plain(c.Error.Text)}
		case c.Skipped != "":
			out.Skipped++
			of.Skipped = &skipped{Message: plain(c.Skipped)}
		}
		out.Cases = append(out.Cases, of)
	}
	return out
}

var escape = lazyregexp.New(`\x1b\[[0-?]*[ -/]*[@-~]`)

// plain is a text without colour, in UTF-8.
func plain(text string) string { return strings.ToValidUTF8(escape.ReplaceAllString(text, ""), "�") }

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
