package dotenv

import (
	"strings"
	"unicode"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// This file finds where an entry ends, by the rules of compose-go's
// dotenv/parser.go. It decides no value; a property test and a fuzz target hold
// it to what compose-go reads.

var exportForm = lazyregexp.New(`^export\s+`)

// firstEntry cuts the first entry off src, which is not empty. Line is not set.
func firstEntry(src string) Entry {
	line := firstLine(src)
	start := len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
	switch {
	case start == len(line):
		return Entry{Kind: Blank, Text: line}
	case line[start] == '#':
		return Entry{Kind: Comment, Text: line}
	}
	return statement(src, start+exportLen(src[start:]))
}

// statement reads a variable whose name starts at start.
func statement(src string, start int) Entry {
	length, problem := nameLen(src[start:])
	if problem != "" {
		return malformed(src, problem)
	}
	end := start + length
	name := strings.TrimRightFunc(src[start:end], unicode.IsSpace)
	switch {
	case name == "":
		return malformed(src, "no variable name")
	case strings.ContainsFunc(name, unicode.IsSpace):
		// What looks like a name may well be a line of an unquoted secret: nothing shows it.
		return malformed(src, "white space in a variable name, or a value of several lines without quotes")
	case end == len(src):
		// Compose takes such a name for the value of a variable without a name.
		return malformed(src, "no value and no line break after the variable name")
	case src[end] == '\n':
		at := start + len(name)
		return Entry{Kind: Bare, Text: src[:end+1], Name: name, value: span{at, at}}
	}
	return assignment(src, name, end+1)
}

// assignment reads the value that starts at from.
func assignment(src, name string, from int) Entry {
	at := len(src) - len(strings.TrimLeftFunc(src[from:], isSpace))
	e := Entry{Kind: Assignment, Name: name}
	if at < len(src) && (src[at] == '"' || src[at] == '\'') {
		length := quotedLen(src[at:])
		if length < 0 {
			return malformed(src, openQuote+ValueOf(name))
		}
		e.value = span{at + 1, at + length - 1}
		e.Text = src[:at+length+tailLen(src[at+length:])]
		return e
	}
	line := firstLine(src[at:])
	value, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " #")
	value = strings.TrimRightFunc(value, unicode.IsSpace)
	if value == "" {
		at, line = from, firstLine(src[from:])
	}
	e.value = span{at, at + len(value)}
	e.Text = src[:at+len(line)]
	return e
}

// usualName is how people call variables, and no encoding looks.
var usualName = lazyregexp.New(`^[A-Z][A-Z0-9_]*$`)

// IsUsualName reports whether people call variables so: in upper-case letters.
func IsUsualName(name string) bool { return usualName.MatchString(name) }

// openQuote begins the problem of a quote that does not end.
const openQuote = "no closing quote after "

// HasOpenQuote reports whether a quote that does not end makes it Malformed.
func (e Entry) HasOpenQuote() bool { return strings.HasPrefix(e.Problem, openQuote) }

// ValueOf names the value of a variable, unless its name may be a piece of a
// secret: no file is known here that could tell.
func ValueOf(name string) string {
	if !usualName.MatchString(name) {
		return "a value"
	}
	return "the value of " + name
}

// nameOf is ValueOf for the variable itself.
func nameOf(name string) string {
	if !usualName.MatchString(name) {
		return "this line"
	}
	return name
}

func malformed(src, problem string) Entry {
	return Entry{Kind: Malformed, Text: firstLine(src), Problem: problem}
}

// firstLine is the first line of src with its line break, if it has one.
func firstLine(src string) string {
	if i := strings.IndexByte(src, '\n'); i >= 0 {
		return src[:i+1]
	}
	return src
}

// exportLen is the length of the word export and the space after it.
func exportLen(src string) int {
	if !exportForm.MatchString(src) {
		return 0
	}
	return len(src) - len(strings.TrimLeftFunc(src[len("export"):], isSpace))
}

// nameLen is the length of what stands before = or : or the end of the line.
// The problem does not show the character, which may be one of a secret.
func nameLen(src string) (length int, problem string) {
	for i, r := range src {
		switch {
		case r == '=' || r == ':' || r == '\n':
			return i, ""
		case isSpace(r) || strings.ContainsRune("_.-[]", r):
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			return 0, "a character that no variable name has, or a value of several lines without quotes"
		}
	}
	return len(src), ""
}

// quotedLen is the length of the quoted string that src starts with, quotes
// included, or -1 if it does not end. A backslash keeps a quote from closing.
func quotedLen(src string) int {
	escaped := false
	for i := 1; i < len(src); i++ {
		switch {
		case src[i] == '\\':
			escaped = !escaped
		case src[i] == src[0] && !escaped:
			return i + 1
		default:
			escaped = false
		}
	}
	return -1
}

// tailLen is the length of the space or comment that ends a line after a
// closing quote; 0 if something else follows, which Compose reads as the next
// variable.
func tailLen(src string) int {
	line := firstLine(src)
	rest := strings.TrimLeftFunc(line, unicode.IsSpace)
	if rest == "" || rest[0] == '#' {
		return len(line)
	}
	return 0
}

// isSpace is compose-go's: white space other than a line break.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\v', '\f', '\r', ' ', 0x85, 0xA0:
		return true
	}
	return false
}
