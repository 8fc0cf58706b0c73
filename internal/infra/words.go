package infra

import (
	"errors"
	"strings"
)

// ErrQuote is a line whose quotes do not match; the remedy is to close them.
var ErrQuote = errors.New("a quote is not closed")

// Words splits a line as a shell would, but expands nothing: blanks part
// words, quotes and backslashes keep them together.
func Words(line string) ([]string, error) {
	w := &words{}
	for _, r := range line {
		w.read(r)
	}
	if w.quote != 0 || w.escaped {
		return nil, ErrQuote
	}
	w.end()
	return w.list, nil
}

type words struct {
	list    []string
	word    strings.Builder
	open    bool // a word has begun, if only with a quote
	quote   rune // the one that is open
	escaped bool
}

func (w *words) read(r rune) {
	switch {
	case w.escaped:
		if w.quote == '"' && r != '"' && r != '\\' {
			w.word.WriteByte('\\')
		}
		w.word.WriteRune(r)
		w.escaped = false
	case r == '\\' && w.quote != '\'':
		w.escaped, w.open = true, true
	case r == w.quote:
		w.quote = 0
	case w.quote != 0:
		w.word.WriteRune(r)
	case r == '\'' || r == '"':
		w.quote, w.open = r, true
	case strings.ContainsRune(" \t\n\r", r):
		w.end()
	default:
		w.word.WriteRune(r)
		w.open = true
	}
}

func (w *words) end() {
	if w.open {
		w.list = append(w.list, w.word.String())
	}
	w.word.Reset()
	w.open = false
}
