package environ

import "fmt"

// unquoted are the lines that seem to be parts of the value above them, one
// finding for all that belong together. It calls none by its name.
func (c *checker) unquoted() {
	for rest := c.strays; len(rest) > 0; {
		n := 1
		for n < len(rest) && goesOn(rest[n-1], rest[n]) {
			n++
		}
		c.notQuoted(rest[:n])
		rest = rest[n:]
	}
}

// goesOn: both seem to be lines of one value.
func goesOn(a, b stray) bool {
	return a.owner.Line == b.owner.Line && (a.owner.Name != "" || b.Line == a.Line+1)
}

func (c *checker) notQuoted(run []stray) {
	first, owner := run[0], run[0].owner
	f := Finding{Severity: SeverityWarning, Code: CodeUnknown, File: c.Environment.File, Line: first.Line}
	remedy := "write NAME=value, or put a value of several lines in quotes"
	if owner.Name != "" {
		f.Code, f.Variable = CodeUnquoted, owner.Name
		remedy = fmt.Sprintf("a value of several lines needs quotes: if these are lines of %s, on line %d, put one before its first and one behind its last line; "+
			"if not, write NAME=value", owner.Name, owner.Line)
	}
	for _, s := range run {
		if s.Kind == Malformed {
			f.Code = CodeMalformed
		}
		if s.isKey || s.Kind == Malformed {
			f.Severity = SeverityError
		}
	}
	what := "this line is a name that nothing knows"
	if last := run[len(run)-1].Line; last > first.Line {
		what = fmt.Sprintf("lines %d to %d are names that nothing knows", first.Line, last)
	}
	if owner.Name != "" {
		what += ", below the value of " + owner.Name + ", which has no quotes"
	}
	c.says(f, remedy, "%s", what)
}
