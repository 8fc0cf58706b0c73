package dotenv

import (
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
)

// Mention is one reference to a variable in a text that Compose interpolates:
// $NAME, ${NAME}, ${NAME:-argument} and the like.
type Mention struct {
	Name     string
	Offset   int    // of the dollar sign, in bytes
	Operator string // "", ":-", "-", ":?", "?", ":+" or "+"
	Argument string // what follows the operator
	Nested   bool   // inside the Argument of another mention
}

// HasDefault reports whether the argument stands in for a missing value.
func (m Mention) HasDefault() bool { return strings.HasSuffix(m.Operator, "-") }

// IsRequired reports whether Compose refuses to go on without a value.
func (m Mention) IsRequired() bool { return strings.HasSuffix(m.Operator, "?") }

// IsAlternative reports whether the argument is written in place of a value.
func (m Mention) IsAlternative() bool { return strings.HasSuffix(m.Operator, "+") }

// EmptyIsMissing reports whether an empty value counts as none.
func (m Mention) EmptyIsMissing() bool { return strings.HasPrefix(m.Operator, ":") }

// Mentions finds the references in text by the rules of compose-go's template
// package, which decides what they come to. What it finds no name in is left
// out, as is the text of ${NAME:?text}.
func Mentions(text string) []Mention { return mentions(text, 0, false) }

// Mentions are the references in the value of an Assignment; their offsets are
// in Text. A value in single quotes has none.
func (e Entry) Mentions() []Mention {
	text := e.Text[e.value.start:e.value.end]
	switch e.Quote() {
	case '\'':
		return nil
	case '"':
		text = withoutEscapes(text)
	}
	return mentions(text, e.value.start, false)
}

// withoutEscapes blanks the escaped characters, of which \$ is the one that
// would be taken for a reference.
func withoutEscapes(text string) string {
	bytes := []byte(text)
	for i := 0; i+1 < len(bytes); i++ {
		if bytes[i] == '\\' {
			bytes[i], bytes[i+1] = ' ', ' '
			i++
		}
	}
	return string(bytes)
}

func mentions(text string, offset int, nested bool) []Mention {
	var list []Mention
	for _, at := range template.DefaultPattern.FindAllStringSubmatchIndex(text, -1) {
		start := offset + at[0]
		if name, ok := group("named", text, at); ok {
			list = append(list, Mention{Name: name, Offset: start, Nested: nested})
			continue
		}
		inner, ok := group("braced", text, at)
		if !ok {
			continue
		}
		rest := at[1]
		if end := closingBrace(text[at[0]:at[1]]); end > 0 {
			rest = at[0] + end + 1
			inner = text[at[0]+len("${") : at[0]+end]
		}
		list = append(list, braced(inner, start, nested)...)
		list = append(list, mentions(text[rest:at[1]], offset+rest, nested)...)
	}
	return list
}

func group(name, text string, at []int) (string, bool) {
	i := 2 * template.DefaultPattern.SubexpIndex(name)
	if at[i] < 0 {
		return "", false
	}
	return text[at[i]:at[i+1]], true
}

// braced reads what is between the braces of the mention that starts at start.
func braced(inner string, start int, nested bool) []Mention {
	m := Mention{Name: inner, Offset: start, Nested: nested}
	if end := strings.IndexFunc(inner, isNoNameRune); end > 0 {
		m.Name = inner[:end]
		for _, operator := range []string{":?", "?", ":-", "-", ":+", "+"} {
			if argument, ok := strings.CutPrefix(inner[end:], operator); ok {
				m.Operator, m.Argument = operator, argument
				break
			}
		}
	}
	list := []Mention{m}
	if !m.IsRequired() {
		list = append(list, mentions(m.Argument, start+len("${"+m.Name+m.Operator), true)...)
	}
	return list
}

func isNoNameRune(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// closingBrace is where the first brace closes again, or -1. It skips what
// follows an opening one, as compose-go does.
func closingBrace(s string) int {
	open := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '}':
			if open--; open == 0 {
				return i
			}
		case '{':
			open++
			i++
		}
	}
	return -1
}
