package envcheck

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// unquoted is one finding for each run of lines that may be parts of a value. It
// calls none by its name.
func (c *checker) unquoted() {
	for rest := c.suspicions.Suspects; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Line == rest[n-1].Line+1 {
			n++
		}
		c.notQuoted(rest[:n])
		rest = rest[n:]
	}
}

func (c *checker) notQuoted(run []environ.Suspect) {
	first, last, owner := run[0], run[len(run)-1], run[0].Owner
	f := finding.Finding{Severity: finding.Warning, Code: CodeUnknown, File: c.Environment.File, Line: first.Line}
	if first.IsKey || last.IsKey {
		f.Severity = finding.Error
	}
	what := "this line is a name that nothing knows"
	if last.Line > first.Line {
		what = fmt.Sprintf("lines %d to %d are names that nothing knows", first.Line, last.Line)
	}
	if owner.Name == "" {
		c.says(f, "write NAME=value, or put a value of several lines in quotes", "%s", what)
		return
	}
	f.Code, f.Variable = CodeUnquoted, owner.Name
	c.says(f, fmt.Sprintf("a value of several lines needs quotes: if these are lines of %s, on line %d, put one before its first and one behind its last line; "+
		"if not, write NAME=value", owner.Name, owner.Line), "%s, below the value of %s, which has no quotes", what, owner.Name)
}
