package envcheck

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// types holds values to what the template says of them. An empty value is the
// business of required.
func (c *checker) types() {
	for _, a := range c.sorted() {
		v, found := c.Template.Variable(a.Name)
		if !found || !a.IsSet || a.Value == "" || len(a.Unset) > 0 {
			continue
		}
		want, severity := v.Mismatch(a.Value), finding.Error
		if v.IsGuess {
			severity = finding.Warning
		}
		switch {
		case want == "":
		case c.secrets.Hides(a.Name, a.Value):
			c.says(c.at(a.Entry, severity, CodeType), c.toSet(a.Name), "the value of %s is not %s", a.Name, want)
		default:
			c.says(c.at(a.Entry, severity, CodeType), c.toSet(a.Name), "%s is %q, which is not %s", a.Name, a.Value, want)
		}
	}
}

// required are values that the template or Compose cannot do without.
func (c *checker) required() {
	if c.cutShort {
		return
	}
	done := map[string]bool{}
	for _, v := range c.Template.Variables {
		if v.IsRequired(c.Environment.Name) && c.value(v.Name) == "" {
			done[v.Name] = true
			c.says(c.missingAt(v.Name), c.toSet(v.Name), "%s has no value; the template requires one in %s", v.Name, c.Environment.Name)
		}
	}
	c.requiredByPlugins(done)
	for _, u := range c.Uses {
		lacks := !c.isSet(u.Variable) || u.EmptyIsMissing && c.value(u.Variable) == ""
		if u.Required && !u.Nested && lacks && !done[u.Variable] {
			done[u.Variable] = true
			c.says(c.missingAt(u.Variable), c.toSet(u.Variable), "%s has no value; %s requires one", u.Variable, u.Place())
		}
	}
}

// missingAt is the variable's line, or its file.
func (c *checker) missingAt(name string) finding.Finding {
	f := c.at(c.last[name].Entry, finding.Error, CodeRequired)
	f.Variable = name
	return f
}

func (c *checker) toSet(name string) string {
	v, found := c.Template.Variable(name)
	switch {
	case c.Carried:
		return "give it another value in " + c.Environment.File
	case found && v.Generate > 0:
		return c.command("env:rotate " + name)
	case c.secrets.IsSecret(name):
		return c.command("env:set "+name) + ", which reads the value from stdin"
	}
	return c.command("env:set " + name + "=…")
}

// command is a command line for this environment.
func (c *checker) command(target string) string {
	return "mage " + target + " -env=" + c.Environment.Name
}

func (c *checker) deprecated() {
	for _, v := range c.Template.Variables {
		a, found := c.last[v.Name]
		if v.UseInstead == "" || !found || a.IsSet && a.Value == "" {
			continue
		}
		c.says(c.at(a.Entry, finding.Warning, CodeDeprecated), "use "+v.UseInstead+", and delete the line", "%s is deprecated", v.Name)
	}
}

// missing is what the template gained since the file was made of it.
func (c *checker) missing() {
	if c.cutShort {
		return
	}
	for _, v := range c.Template.Variables {
		if _, found := c.last[v.Name]; found || v.UseInstead != "" || v.IsRequired(c.Environment.Name) || c.Template.IsOptional(v.Name) || c.Template.LeftToDefaults(v, c.Environment.Name, c.Uses) {
			continue
		}
		f := finding.Finding{Severity: finding.Warning, Code: CodeMissing, File: c.Environment.File, Variable: v.Name}
		c.says(f, c.command("env:sync"), "%s is in the template and not in this file", v.Name)
	}
}

// undeclared is read and not in the template: an error where nothing gives it
// a value, as a new environment would not work.
func (c *checker) undeclared() {
	var done []string
	for _, u := range c.Uses {
		_, found := c.Template.Variable(u.Variable)
		if found || slices.Contains(done, u.Variable) || environ.IsReserved(u.Variable) || environ.IsAmbient(u.Variable) {
			continue
		}
		done = append(done, u.Variable)
		f := finding.Finding{Severity: finding.Warning, Code: CodeUndeclared, File: u.File, Line: u.Line, Variable: u.Variable}
		if !u.HasDefault && !u.Nested && !u.ByName {
			f.Severity = finding.Error
		}
		c.says(f, "mage env:template adds it", "%s is read here and is not in the template", u.Variable)
	}
}

func (c *checker) unused() {
	if c.Uses == nil {
		return
	}
	for _, v := range c.Template.Variables {
		if v.UseInstead != "" || c.used(v.Name) || c.usedInTemplate(v.Name) {
			continue
		}
		c.says(c.inTemplate(v, finding.Warning, CodeUnused), "delete it from the template, or use it", "nothing reads %s", v.Name)
	}
}

func (c *checker) usedInTemplate(name string) bool {
	return slices.ContainsFunc(c.Template.Document.Evaluate(nil), func(a dotenv.Evaluated) bool { return slices.Contains(a.References, name) })
}

// unknown is in the file alone: a slip of the fingers, mostly.
func (c *checker) unknown() {
	if c.Uses == nil {
		return
	}
	for _, a := range c.sorted() {
		if _, found := c.Template.Variable(a.Name); found || c.used(a.Name) || environ.IsAmbient(a.Name) {
			continue
		}
		remedy := "delete the line, or add the variable to the template"
		if near := environ.NearestVariable(a.Name, c.Template.Names()); near != "" && !strings.EqualFold(near, a.Name) {
			remedy = "did you mean " + near + "? Else " + remedy
		}
		c.says(c.at(a.Entry, finding.Warning, CodeUnknown), remedy, "the template does not have %s, and nothing reads it", a.Name)
	}
}

// requiredByPlugins are values that an enabled plugin cannot do without.
func (c *checker) requiredByPlugins(done map[string]bool) {
	for _, d := range c.Template.Declared() {
		if !d.Required || d.Default != "" || c.value(d.Name) != "" || done[d.Name] {
			continue
		}
		done[d.Name] = true
		remedy := c.toSet(d.Name)
		if _, found := c.last[d.Name]; !found {
			remedy = c.command("env:sync")
		}
		c.says(c.missingAt(d.Name), remedy, "%s has no value; plugin %s requires one", d.Name, d.Plugin)
	}
}
