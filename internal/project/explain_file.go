package project

import (
	"fmt"
	"path/filepath"
	"strings"

	compose "github.com/compose-spec/compose-go/v2/dotenv"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// namers are the places of a Compose file that name other files.
var namers = []string{
	"include.[]", "include.[].path", "include.[].path.[]", "include.[].env_file", "include.[].env_file.[]",
	"services.*.env_file", "services.*.env_file.[]", "services.*.env_file.[].path",
	"services.*.label_file", "services.*.label_file.[]", "services.*.extends.file",
}

// named is who names a file; ok is false where nobody does.
func (l *locator) named(path string) (h hit, ok bool) {
	return l.scalar(func(ref string) bool {
		ref = l.p.substitute(ref)
		return ref != "" && (ref == path || strings.HasSuffix(path, "/"+strings.TrimLeft(filepath.Clean(ref), "./")))
	}, namers...)
}

func (l *locator) naming(path string) place {
	if h, ok := l.named(path); ok {
		return l.place(h)
	}
	if path == l.p.EnvFile || l.isMain(path) {
		return place{file: l.p.Short(path)}
	}
	return l.whole()
}

func (l *locator) isMain(path string) bool {
	for _, file := range l.p.Files {
		if file == path {
			return true
		}
	}
	return false
}

func missingFile(l *locator, m []string) (mistake, bool) {
	path := m[1]
	hint := "create it, or correct the path"
	if strings.HasPrefix(m[0], "env file") {
		hint += ", or write path: and required: false"
	}
	return mistake{l.naming(path), "no file " + l.p.Short(path), hint}, true
}

func unreadable(l *locator, m []string) (mistake, bool) {
	return mistake{l.naming(m[1]), l.p.Short(m[1]) + " may not be read", "chmod u+r " + l.p.Short(m[1])}, true
}

func directory(l *locator, m []string) (mistake, bool) {
	return mistake{l.naming(m[1]), l.p.Short(m[1]) + " is a directory, not a file", "name a file in it"}, true
}

var dotenvLine = lazyregexp.New(`(?s)^line \d+: (.*)$`)

// badEnvFile: an env file that Compose cannot read. Its values are not shown,
// and the line is searched for: compose-go counts from where it gave up.
func badEnvFile(l *locator, m []string) (mistake, bool) {
	path, problem := m[1], dotenvLine.ReplaceAllString(m[2], "$1")
	var line int
	if _, err := fmt.Sscanf(m[2], "line %d: "+nameless, &line); err == nil && problem == nameless { // counted by readRaw
		return mistake{place{l.p.Short(path), line}, "no variable name", "a raw env file has NAME=VALUE in a line, without export and without spaces before the ="}, true
	}
	entry, ok := failing(path, problem)
	if !ok {
		return mistake{place{file: l.p.Short(l.shown(path))}, "env file cannot be read", "mage env:check"}, true
	}
	text := entry.Problem
	switch {
	case text != "":
	case strings.HasPrefix(problem, "Invalid template"):
		text = "a variable in the value of " + entry.Name + " is not well formed"
	default:
		text = "the value of " + entry.Name + " cannot be read"
	}
	hint := "put a value with spaces, quotes or $ in single quotes; mage env:check shows all"
	return mistake{place{l.p.Short(l.shown(path)), entry.Line}, text, hint}, true
}

// shown is the file that a link to the active environment leads to.
func (l *locator) shown(path string) string {
	if path == l.p.EnvFile {
		return l.p.Layout.Path(filepath.FromSlash(l.p.EnvPath()))
	}
	return path
}

// failing is the first entry of an env file that compose-go stumbles over with
// this problem, else the first that is malformed.
func failing(path, problem string) (dotenv.Entry, bool) {
	entries := envEntries(path)
	text := ""
	for _, entry := range entries {
		text += entry.Text
		_, err := compose.UnmarshalWithLookup(text, nil)
		if err != nil && strings.Contains(problem, dotenvLine.ReplaceAllString(err.Error(), "$1")) {
			return entry, true
		}
	}
	for _, entry := range entries {
		if entry.Kind == dotenv.Malformed {
			return entry, true
		}
	}
	return dotenv.Entry{}, false
}
