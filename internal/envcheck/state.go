package envcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// checker is what the checks share: the input, and what was read of it.
type checker struct {
	Input
	all        []dotenv.Evaluated
	last       map[string]dotenv.Evaluated
	secrets    environ.Secrets
	suspicions environ.Suspicions // of lines that may be parts of a value: nothing calls them by their names
	deployed   bool
	cutShort   bool // by a quote that does not close
	findings   []finding.Finding
}

func newChecker(in Input) *checker {
	c := &checker{Input: in}
	c.Environment.Document, c.cutShort = untilOpenQuote(in.Environment.Document)
	var used []string
	for _, u := range in.Uses {
		used = append(used, u.Variable)
	}
	c.Template = c.Template.Knowing(used...)
	c.suspicions = c.Template.Suspicions(c.Environment.Document, in.Shell)
	c.all = c.named(in.Shell)
	c.last = dotenv.Last(c.all)
	c.secrets = environ.SecretsOf(c.Template, in.Shell, append([]environ.Environment{in.Environment}, in.Others...)...)
	c.deployed = in.Environment.DeployHost(in.Shell) != "" && in.Environment.Name != environ.LabName
	return c
}

// untilOpenQuote ends where a quote does not: what follows may be the value of
// a secret, and Compose reads none of it.
func untilOpenQuote(d dotenv.Document) (part dotenv.Document, cut bool) {
	for i, e := range d.Entries {
		if e.HasOpenQuote() {
			return dotenv.Document{Entries: d.Entries[:i+1]}, true
		}
	}
	return d, false
}

// named are the entries whose names may be shown.
func (c *checker) named(shell dotenv.Lookup) []dotenv.Evaluated {
	return slices.DeleteFunc(c.Environment.Document.Evaluate(shell), func(a dotenv.Evaluated) bool { return c.suspicions.IsSuspect(a.Entry) })
}

// isKnown: the name is one, so that it is no part of a value.
func (c *checker) isKnown(name string) bool { return c.last[name].IsSet || c.Template.Knows(name) }

// value is what Compose gives a variable: the shell's value or the file's.
func (c *checker) value(name string) string {
	if c.Shell != nil {
		if value, ok := c.Shell(name); ok {
			return value
		}
	}
	return c.last[name].Value
}

func (c *checker) isSet(name string) bool {
	if c.Shell != nil {
		if _, ok := c.Shell(name); ok {
			return true
		}
	}
	return c.last[name].IsSet
}

// graver is a warning, and an error where the environment is deployed.
func (c *checker) graver() finding.Severity {
	if c.deployed {
		return finding.Error
	}
	return finding.Warning
}

func (c *checker) add(f finding.Finding) { c.findings = append(c.findings, f) }

// at starts a finding about the line of an entry.
func (c *checker) at(e dotenv.Entry, severity finding.Severity, code string) finding.Finding {
	return finding.Finding{Severity: severity, Code: code, File: c.Environment.File, Line: e.Line, Variable: e.Name}
}

// inTemplate starts a finding about a variable of the template.
func (c *checker) inTemplate(v environ.Variable, severity finding.Severity, code string) finding.Finding {
	return finding.Finding{Severity: severity, Code: code, File: c.TemplateFile, Line: v.Line, Variable: v.Name}
}

// says completes a finding and keeps it.
func (c *checker) says(f finding.Finding, remedy, format string, args ...any) {
	f.Remedy, f.Message = remedy, fmt.Sprintf(format, args...)
	c.add(f)
}

// sorted are the winning entries in the order of the file.
func (c *checker) sorted() []dotenv.Evaluated {
	var list []dotenv.Evaluated
	for _, a := range c.all {
		if w := c.last[a.Name]; w.Line == a.Line && w.Text == a.Text {
			list = append(list, a)
		}
	}
	return list
}

// used are the names that something reads; they stay as they are if nobody
// said what is used.
func (c *checker) used(name string) bool {
	return c.Passed || environ.IsReserved(name) || c.Template.IsDeclared(name) ||
		slices.ContainsFunc(c.Idle, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) ||
		slices.ContainsFunc(c.Uses, func(u environ.Usage) bool { return u.Variable == name }) ||
		slices.ContainsFunc(c.all, func(a dotenv.Evaluated) bool { return slices.Contains(a.References, name) })
}
