package envcheck

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// Fixed is a thing of the engine whose name does not depend on the project.
type Fixed struct {
	Kind string // container, volume or network
	Key  string // in the files; the name itself may be made of a secret
	File string // where the name is given, as shown to the user
	Line int
}

// projects are environments that take each other's containers and volumes.
func (c *checker) projects() {
	name := c.Projects[c.Environment.Name]
	for _, other := range c.Environment.Sharing(c.Others) {
		if name == "" || c.Projects[other.Name] != name {
			continue
		}
		f := c.at(c.last[environ.ProjectVariable].Entry, finding.Warning, CodeSharedStack)
		f.Variable = environ.ProjectVariable
		c.says(f, c.toIsolate(other), "%s and %s share the project %s and its volumes", c.Environment.Name, other.Name, name)
	}
}

// toIsolate gives the one of the two a stack of its own whose file may change.
func (c *checker) toIsolate(other environ.Environment) string {
	name := c.Environment.Name
	if environ.IsCommitted(name) {
		name = other.Name
	}
	return "mage env:use " + name + ", then mage env:isolate"
}

// ports are those that another stack has, which may run at the same time.
func (c *checker) ports() {
	ours := c.Environment.Ports(c.Ports)
	for _, other := range c.Environment.Besides(c.Others) {
		if c.Projects[other.Name] == c.Projects[c.Environment.Name] {
			continue
		}
		var same []string
		for _, theirs := range other.Ports(c.Ports) {
			for name, n := range ours {
				if n == theirs {
					same = append(same, name)
				}
			}
		}
		if len(same) == 0 {
			continue
		}
		slices.Sort(same)
		f := c.at(c.last[same[0]].Entry, finding.Warning, CodeSharedPort)
		c.says(f, c.toSet(same[0]), "%s has the ports of %s too (%s): only one of them can run at a time",
			other.Name, c.Environment.Name, strings.Join(slices.Compact(same), ", "))
	}
}

// fixed is what environments share although their projects have names of their own.
func (c *checker) fixed() {
	if len(c.Environment.Sharing(c.Others)) == 0 {
		return
	}
	for _, x := range c.Fixed {
		f := finding.Finding{Severity: finding.Warning, Code: CodeFixedName, File: x.File, Line: x.Line}
		c.says(f, "let the files leave the name out, or make it of ${"+environ.ProjectVariable+"}", "%s", x)
	}
}

// String says what comes of it.
func (x Fixed) String() string {
	if x.Kind == "container" {
		return "the container of " + x.Key + " has the same name in every environment: only one of them can have it"
	}
	return "the " + x.Kind + " " + x.Key + " has the same name in every environment: they share it"
}
