package project

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"

	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// missingVariable: ${NAME:?reason} of a Compose file or of an env file.
func missingVariable(l *locator, m []string) (mistake, bool) {
	name, reason := m[1], ownAdvice.ReplaceAllString(m[2], "")
	at := l.required(name)
	text := "variable " + name + " is not set"
	if _, isSet := l.p.environ[name]; isSet {
		text = "variable " + name + " is empty"
	}
	switch {
	case strings.HasPrefix(reason, "is ") || strings.HasPrefix(reason, "must "):
		text = "variable " + name + " " + reason
	case reason != "":
		text += ": " + reason
	}
	return mistake{at, text, l.p.Setting(name, "")}, true
}

// ownAdvice is what a Compose file says to do by one of our targets: what is
// printed says what is true here, and once.
var ownAdvice = lazyregexp.New(`[,;:.]? *(?:(?:please|run|use|type|try|see) )*(?:scripts/)?mage [a-z]+:[a-z]+.*$`)

// required is where ${NAME:?…} stands.
func (l *locator) required(name string) place {
	pattern := lazyregexp.New(`\$\{` + name + `:?\?`)
	for _, s := range l.sources {
		if line := lineWith(s.lines, pattern); line > 0 {
			return place{l.p.Short(s.path), line}
		}
	}
	if l.p.EnvFile != "" {
		data, _ := l.p.envText()
		if line := lineWith(strings.Split(string(data), "\n"), pattern); line > 0 {
			return place{l.p.EnvPath(), line}
		}
	}
	return l.whole()
}

// lineWith is the first line, from 1, that matches outside a comment.
func lineWith(lines []string, pattern *lazyregexp.Regexp) int {
	return 1 + slices.IndexFunc(lines, func(line string) bool {
		return !strings.HasPrefix(strings.TrimSpace(line), "#") && pattern.MatchString(line)
	})
}

// badInterpolation does not show the text, which may be a password.
func badInterpolation(l *locator, m []string) (mistake, bool) {
	at := l.path(m[1])
	if h, ok := l.scalar(l.p.isMalformed, m[1]); ok {
		at = place{l.p.Short(h.src.path), h.lineOf("$")}
	}
	return mistake{at, "a variable in " + m[1] + " is not well formed",
		"write ${NAME} or ${NAME:-default}, and $$ for a dollar sign"}, true
}

func (p *Project) isMalformed(text string) bool {
	var malformed *template.InvalidTemplateError
	_, err := p.fill(text)
	return errors.As(err, &malformed)
}

var castProblem = lazyregexp.New(`(?s)^(?:invalid boolean: (.*)|strconv\.(\w+): parsing (".*"): .*)$`)

// badCast: text where a number or a boolean belongs.
func badCast(l *locator, m []string) (mistake, bool) {
	problem := castProblem.FindStringSubmatch(m[2])
	if problem == nil {
		return mistake{}, false
	}
	want, got := "true or false", fmt.Sprintf("%q", problem[1])
	if problem[2] != "" {
		want, got = "a number", problem[3]
	}
	return l.value(m[1], fmt.Sprintf("must be %s, not %s", want, got), "write "+want), true
}

// value is a mistake in the value at path; where that comes from a variable,
// the variable is what to set.
func (l *locator) value(path, text, hint string) mistake {
	m := mistake{l.path(path), path + " " + text, hint}
	told := m
	for _, h := range l.all(path) {
		if blamed, ok := l.blaming(m, h); ok {
			told = blamed
		}
	}
	return told
}

// blaming is a mistake with the variable that the value h comes from, if it does.
func (l *locator) blaming(m mistake, h hit) (mistake, bool) {
	if vars := l.p.given(h.value.Value); len(vars) > 0 {
		return mistake{l.place(h), m.text, l.p.Setting(vars[len(vars)-1], "") + ": " + m.hint}, true
	}
	if vars := l.p.blank(h.value.Value); len(vars) > 0 {
		return mistake{l.place(h), m.text + ": variable " + vars[0] + " is not set", l.p.Setting(vars[0], "")}, true
	}
	return m, false
}

var variableName = lazyregexp.New(`\$\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// variables are the names that a text refers to, in order.
func variables(text string) []string {
	var list []string
	for _, m := range variableName.FindAllStringSubmatch(text, -1) {
		if m[1] != "" {
			list = append(list, m[1])
		}
	}
	return list
}

// given are the variables of a text that are set, so that no default is used.
func (p *Project) given(text string) []string {
	return slices.DeleteFunc(variables(text), func(name string) bool { return p.environ[name] == "" })
}

// blank are the variables of a text that nothing stands for: they are not set, and
// have no default there.
func (p *Project) blank(text string) []string {
	return slices.DeleteFunc(variables(text), func(name string) bool {
		return p.environ[name] != "" || strings.Contains(text, "${"+name) && !strings.Contains(text, "${"+name+"}")
	})
}

// EnvPath is the file that variables are set in, as messages show it:
// env/.env.NAME, or .env; "" where there is none.
func (p *Project) EnvPath() string {
	switch {
	case p.Env != "":
		return filepath.ToSlash(filepath.Join(p.Layout.EnvDir, ".env."+p.Env))
	case p.EnvFile != "":
		return p.Short(p.EnvFile)
	}
	return ""
}

// Setting says in the imperative how a variable gets another value; value may
// be empty, for whatever the user has to choose.
func (p *Project) Setting(name, value string) string {
	pair := name
	if value != "" {
		pair += "=" + value
	}
	exported := name + "=" + cmp.Or(value, "VALUE") // a name alone exports nothing
	path := p.EnvPath()
	made := value == "" && p.inTemplate(name) // by a target, of the template
	switch _, missing := os.Stat(p.Layout.Path(filepath.FromSlash(path))); {
	case p.inShell(name):
		return "export " + exported + ", which the shell sets already"
	case made && environ.IsStandard(p.Env) && missing != nil:
		return "mage env:use " + p.Env
	case path != "":
		return "set " + pair + " in " + path
	case made && !composefiles.ShellDecides(p.shellVariable):
		return "mage env:local"
	}
	return "export " + exported
}

func (p *Project) shellVariable(name string) (value string, ok bool) {
	for _, pair := range slices.Backward(p.shell) {
		if value, ok = strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// inTemplate: an environment that is made of the template has the variable.
func (p *Project) inTemplate(name string) bool {
	entries := envEntries(filepath.Join(p.Layout.Path(p.Layout.EnvDir), ".env.example"))
	return slices.ContainsFunc(entries, func(e dotenv.Entry) bool { return e.Name == name })
}

func (p *Project) inShell(name string) bool {
	_, ok := p.shellVariable(name)
	return ok
}

// envFileEntries are those of the environment file.
func (p *Project) envFileEntries() []dotenv.Entry {
	data, _ := p.envText()
	return dotenv.Parse(string(data)).Entries
}

// envEntries are the entries of an env file.
func envEntries(path string) []dotenv.Entry {
	data, _ := environ.ReadFile(path)
	return dotenv.Parse(string(data)).Entries
}
