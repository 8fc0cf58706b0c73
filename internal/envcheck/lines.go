package envcheck

import (
	"strings"

	"github.com/joho/godotenv"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// lines are those that Compose refuses.
func (c *checker) lines() {
	for _, e := range c.Environment.Document.Entries {
		if e.Kind == dotenv.Malformed && !c.suspicions.IsSuspect(e) {
			c.says(c.at(e, finding.Error, CodeMalformed), "correct the line; Compose reads nothing of such a file", "%s", e.Problem)
		}
	}
	for _, a := range c.all {
		f := c.at(a.Entry, finding.Error, CodeMalformed)
		switch {
		case a.Requires != "":
			c.says(f, "set "+a.Requires+" above that line, or in the shell", "%s needs %s, which has no value", a.Name, a.Requires)
		case a.Refused:
			c.says(f, "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign", "the value of %s is not well formed", a.Name)
		}
	}
}

func (c *checker) duplicates() {
	first := map[string]int{}
	for _, a := range c.all {
		line, twice := first[a.Name]
		if !twice {
			first[a.Name] = a.Line
			continue
		}
		c.says(c.at(a.Entry, finding.Warning, CodeDuplicate), "delete one of the two lines; the last one counts",
			"%s is already on line %d", a.Name, line)
	}
}

func (c *checker) references() {
	for _, a := range c.all {
		for _, name := range a.Unset {
			if c.secrets.IsSecret(a.Name) && !c.isKnown(name) && !strings.Contains(a.Text, "${"+name) {
				c.says(c.at(a.Entry, finding.Warning, CodeUnsetRef), "put the value in single quotes, or write $$ for a dollar sign",
					"what follows a dollar sign in %s is no variable: it becomes an empty text", a.Name)
				continue
			}
			remedy := "set it above that line, or write ${" + name + ":-default}, or $$ for a dollar sign"
			if c.last[name].IsSet {
				remedy = "move it above that line; Compose reads from top to bottom"
			}
			c.says(c.at(a.Entry, finding.Warning, CodeUnsetRef), remedy,
				"%s refers to %s, which is not set there: it becomes an empty text", a.Name, name)
		}
	}
}

// readers compares Compose's parser with godotenv, which many programs read
// the same file with. Neither sees the shell.
func (c *checker) readers() {
	second, err := godotenv.Unmarshal(strings.TrimPrefix(c.Environment.Document.String(), dotenv.ByteOrderMark))
	all := c.named(nil)
	if err != nil {
		c.refusedBySecond(all)
		return
	}
	winners := dotenv.Last(all)
	for _, a := range all {
		if w := winners[a.Name]; !a.IsSet || w.Line != a.Line || w.Text != a.Text {
			continue
		}
		if other, found := second[a.Name]; !found || other != a.Value {
			c.twoReadings(a, other, found)
		}
	}
}

// refusedBySecond compares line by line, where godotenv refuses the file.
func (c *checker) refusedBySecond(all []dotenv.Evaluated) {
	for _, a := range all {
		second, err := godotenv.Unmarshal(a.Text)
		switch other, found := second[a.Name]; {
		case a.Kind == dotenv.Bare && c.Template.IsOptional(a.Name): // which is so on purpose
		case err != nil:
			c.says(c.at(a.Entry, finding.Warning, CodeTwoReaders), "write it as "+a.Name+"='…'; godotenv reads nothing of such a file",
				"Compose reads the line of %s, godotenv refuses it", a.Name)
		case a.IsSet && len(a.References) == 0 && (!found || other != a.Value):
			c.twoReadings(a, other, found)
		}
	}
}

func (c *checker) twoReadings(a dotenv.Evaluated, other string, found bool) {
	f := c.at(a.Entry, finding.Warning, CodeTwoReaders)
	remedy := "put the value in single quotes, if no variable is meant in it: mage env:set does"
	if len(a.References) > 0 {
		remedy = "write the value so that both agree: without a default or an operator in a reference"
	}
	switch {
	case c.secrets.Hides(a.Name, a.Value) || c.secrets.Hides(a.Name, other):
		c.says(f, remedy, "Compose and godotenv read different values of %s", a.Name)
	case !found:
		c.says(f, remedy, "Compose reads %s as %q, godotenv does not find it", a.Name, a.Value)
	default:
		c.says(f, remedy, "Compose reads %s as %q, godotenv as %q", a.Name, a.Value, other)
	}
}
