package envcheck

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// weak are secrets that are none.
func (c *checker) weak() {
	public := c.publicValues()
	for _, a := range c.sorted() {
		value, exact := c.password(a)
		if value == "" {
			continue
		}
		if place := public[value]; place != "" {
			c.says(c.at(a.Entry, c.graver(), CodePublicSecret), c.renew(a), "the value of %s is public: it is in %s, which is committed", a.Name, place)
		} else if problem := weakness(value, exact); problem != "" {
			c.says(c.at(a.Entry, c.graver(), CodeWeakSecret), c.renew(a), "the value of %s %s", a.Name, problem)
		} else if a.Name != c.userOf(a.Name) && value == c.value(c.userOf(a.Name)) {
			c.says(c.at(a.Entry, c.graver(), CodeWeakSecret), c.renew(a), "the value of %s is the user's name", a.Name)
		}
	}
}

// secretWord ends the name of what is a secret in itself, unlike
// TOKEN_LIFETIME or PASSWORD_FILE.
var secretWord = lazyregexp.New(`(?i)(PASSWORD|PASSWD|PASS|PASSPHRASE|SECRET|TOKEN|_KEY|APIKEY|CREDENTIALS?)$`)

// password is the part of the value that has to be kept secret, and whether it
// surely is one. What is made of other variables is judged there.
func (c *checker) password(a dotenv.Evaluated) (value string, exact bool) {
	if !a.IsSet || len(a.References) > 0 {
		return "", false
	}
	if inURL := secret.PasswordOf(a.Value); inURL != "" {
		return inURL, true
	}
	if !c.isMarked(a.Name) {
		return "", false
	}
	v, _ := c.Template.Variable(a.Name)
	return a.Value, v.Secret || v.Generate > 0 || strings.Contains(strings.ToUpper(a.Name), "PASS")
}

// isMarked: the template says so, or the name does and no type speaks against it.
func (c *checker) isMarked(name string) bool {
	v, found := c.Template.Variable(name)
	if found && (v.Secret || v.Generate > 0) {
		return true
	}
	return v.Type == "" && secretWord.MatchString(name)
}

// publicValues are the secrets in committed files, by value, with the file.
func (c *checker) publicValues() map[string]string {
	public := map[string]string{}
	note := func(d dotenv.Document, file string) {
		for _, a := range d.Evaluate(nil) {
			if a.IsSet && a.Value != "" && len(a.References) == 0 && c.isMarked(a.Name) {
				public[a.Value] = file
			}
		}
	}
	for _, e := range append([]environ.Environment{c.Environment}, c.Others...) {
		if environ.IsCommitted(e.Name) {
			note(e.Document, e.File)
		}
	}
	note(c.Template.Document, c.TemplateFile)
	return public
}

func (c *checker) renew(a dotenv.Evaluated) string {
	if c.Environment.Name == environ.LabName {
		return "nothing, as long as it stays in the lab"
	}
	v, _ := c.Template.Variable(a.Name)
	if v.Type != "" || secret.PasswordOf(a.Value) != "" {
		return c.toSet(a.Name)
	}
	return c.command("env:rotate " + a.Name)
}

// userOf is the name of the variable with the user that a password belongs to.
func (c *checker) userOf(name string) string {
	if i := strings.LastIndexByte(name, '_'); i > 0 && strings.HasPrefix(name[i+1:], "PASS") {
		return name[:i] + "_USER"
	}
	return name
}

// shared are secrets that another environment has too. Those of committed files
// are public, which is worse.
func (c *checker) shared() {
	public := c.publicValues()
	for _, other := range c.Others {
		if environ.IsCommitted(other.Name) || other.Name == c.Environment.Name {
			continue
		}
		theirs := map[string]string{}
		for _, a := range dotenv.Last(other.Document.Evaluate(nil)) {
			if value, _ := c.password(a); value != "" && !c.secrets.MayBeValue(a.Name) && (theirs[value] == "" || a.Name < theirs[value]) {
				theirs[value] = a.Name
			}
		}
		for _, a := range c.sorted() {
			value, _ := c.password(a)
			if name := theirs[value]; value != "" && name != "" && public[value] == "" {
				f := c.at(a.Entry, c.sharedSeverity(other), CodeSharedSecret)
				c.says(f, c.renew(a), "the value of %s is that of %s in %s", a.Name, name, other.File)
			}
		}
	}
}

// sharedSeverity: who knows the secret of either has that of the deployed one.
func (c *checker) sharedSeverity(other environ.Environment) finding.Severity {
	if other.DeployHost(nil) != "" {
		return finding.Error
	}
	return c.graver()
}

// weakness says why a secret is none, or "". It never tells the value. The
// length counts only where exact is true: where the variable surely is a secret.
func weakness(value string, exact bool) string {
	switch {
	case value == "":
		return ""
	case secret.IsKnownWord(value):
		return "is a placeholder or a word that everybody knows"
	case strings.Trim(value, string([]rune(value)[:1])) == "":
		return "is one character over and over"
	case exact && len([]rune(value)) < leastSecret:
		return "is shorter than 8 characters"
	}
	return ""
}

// leastSecret is how long a secret has to be, in characters.
const leastSecret = 8
