// Package scaffold writes Go code for plugins: the files of a new one, and the
// package that makes the commands of all of them targets of Mage. It makes text
// of values and touches no file; it imports pluginhost's manifest and failure.
package scaffold

import (
	"go/format"
	"strings"
	"text/template"
	"unicode"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// File is one to be written. Its path is relative, with slashes.
type File struct {
	Path string
	Text string
}

// filled fills a template; what ends in .go is formatted.
func filled(t *template.Template, path string, data any) (File, error) {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return File{}, failure.New(failure.Unexpected, "write %s: %w", path, err)
	}
	text := b.String()
	if strings.HasSuffix(path, ".go") {
		formatted, err := format.Source([]byte(text))
		if err != nil {
			return File{}, failure.New(failure.Unexpected, "format %s: %w", path, err)
		}
		text = string(formatted)
	}
	return File{Path: path, Text: text}, nil
}

// Exported is a name with a first letter that Go exports.
func Exported(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}

// sentence makes one line of a text, which nothing can end a comment with.
func sentence(text string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
}

// lower begins a summary as the rest of a sentence, unless it is an acronym.
func lower(text string) string {
	runes := []rune(text)
	if len(runes) > 1 && unicode.IsUpper(runes[0]) && unicode.IsLower(runes[1]) {
		runes[0] = unicode.ToLower(runes[0])
	}
	return string(runes)
}
