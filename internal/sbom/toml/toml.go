// Package toml reads TOML 1.0, as Python's manifests and lock files are written
// in it. It reads every valid document; it is no judge of others, so some that
// the standard forbids (a table defined twice) are read as well. It imports
// nothing of Spellbook.
package toml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Raw is a number, a date or a time, as it was written.
type Raw string

// Table is a TOML table. Its values are string, bool, Raw, []any or Table.
type Table = map[string]any

// maxDepth bounds how deep arrays and inline tables may lie in each other.
const maxDepth = 100

// SyntaxError is what Parse stumbled over.
type SyntaxError struct {
	Line    int // from 1
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Parse reads a document. Its error is a *SyntaxError.
func Parse(text string) (root Table, err error) {
	if !utf8.ValidString(text) {
		return nil, &SyntaxError{1, "text is not UTF-8"}
	}
	r := &reader{text: strings.TrimPrefix(text, "\ufeff")}
	defer func() {
		if caught := recover(); caught != nil {
			syntax, ok := caught.(*SyntaxError)
			if !ok {
				panic(caught)
			}
			root, err = nil, syntax
		}
	}()
	return r.document(), nil
}

// reader stands at a place in a text. It panics with a *SyntaxError, which
// only Parse sees: each of its thirty steps can fail, and none can go on.
type reader struct {
	text  string
	at    int
	depth int
}

func (r *reader) fail(format string, args ...any) {
	line := 1 + strings.Count(r.text[:min(r.at, len(r.text))], "\n")
	panic(&SyntaxError{line, fmt.Sprintf(format, args...)})
}

// document reads the lines: tables' headers and pairs of key and value.
func (r *reader) document() Table {
	root := Table{}
	current := root
	for r.skip(); r.at < len(r.text); r.skip() {
		if r.text[r.at] == '[' {
			current = r.header(root)
		} else {
			r.pair(current)
		}
		r.endOfLine()
	}
	return root
}

// header reads [a.b] or [[a.b]], and returns the table that it opens.
func (r *reader) header(root Table) Table {
	list := strings.HasPrefix(r.text[r.at:], "[[")
	r.at++
	if list {
		r.at++
	}
	path := r.key()
	r.expect("]")
	if list {
		r.expect("]")
	}
	parent, last := r.descend(root, path[:len(path)-1]), path[len(path)-1]
	if !list {
		return r.descend(parent, []string{last})
	}
	before, is := parent[last].([]any)
	if _, taken := parent[last]; taken && !is {
		r.fail("%s is no array of tables", last)
	}
	table := Table{}
	parent[last] = append(before, table)
	return table
}

// descend follows a path from a table, making the tables that are not there.
// Of an array of tables the last one is meant.
func (r *reader) descend(table Table, path []string) Table {
	for _, name := range path {
		switch next := table[name].(type) {
		case nil:
			made := Table{}
			table[name], table = made, made
		case Table:
			table = next
		case []any:
			last, ok := lastOf(next)
			if !ok {
				r.fail("%s is no table", name)
			}
			table = last
		default:
			r.fail("%s is no table", name)
		}
	}
	return table
}

func lastOf(list []any) (Table, bool) {
	if len(list) == 0 {
		return nil, false
	}
	table, ok := list[len(list)-1].(Table)
	return table, ok
}

// pair reads key = value into a table.
func (r *reader) pair(table Table) {
	path := r.key()
	r.expect("=")
	r.blanks()
	value := r.value()
	table = r.descend(table, path[:len(path)-1])
	last := path[len(path)-1]
	if _, taken := table[last]; taken {
		r.fail("%s is there twice", last)
	}
	table[last] = value
}

// key reads a key: bare, quoted, or several with dots between them.
func (r *reader) key() []string {
	var path []string
	for {
		r.blanks()
		path = append(path, r.name())
		r.blanks()
		if !r.accept(".") {
			return path
		}
	}
}

func (r *reader) name() string {
	switch r.peek() {
	case '"', '\'':
		quote := r.text[r.at]
		r.at++
		return r.quoted(quote)
	}
	start := r.at
	for r.at < len(r.text) && isBare(r.text[r.at]) {
		r.at++
	}
	if r.at == start {
		r.fail("a key is missing")
	}
	return r.text[start:r.at]
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
