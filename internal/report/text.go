package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// escape is a control sequence of a terminal: CSI, OSC, or two characters.
var escape = lazyregexp.New(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[^\[\]]?`)

// Clean makes text of others safe to print in one line: no control sequences,
// tabs as spaces, and of what overwrote itself with carriage returns the end.
func Clean(s string) string {
	s = strings.TrimRight(strings.ToValidUTF8(s, "�"), "\r\n")
	s = escape.ReplaceAllString(s, "")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	s = strings.ReplaceAll(s, "\t", "    ")
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// lines are the cleaned lines of a text, without empty ones at its end.
func lines(s string) []string {
	var list []string
	for line := range strings.Lines(strings.TrimRight(s, " \r\n")) {
		list = append(list, Clean(line))
	}
	return list
}

// wide are the scripts and symbols that take two columns.
var wide = []*unicode.RangeTable{unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, {
	R16: []unicode.Range16{{Lo: 0x3000, Hi: 0x303e, Stride: 1}, {Lo: 0xff01, Hi: 0xff60, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}},
}}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, wide...):
		return 2
	}
	return 1
}

// Columns is how many columns clean text takes.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// split cuts s after at most n columns.
func split(s string, n int) (head, tail string) {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// Cut shortens s to n columns; a lost end is shown by an ellipsis.
func Cut(s string, n int) string {
	if Columns(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	head, _ := split(s, n-1)
	return head + "…"
}

// CutFront is cut for names whose end tells more, such as those of images: at
// a slash where that leaves enough.
func CutFront(s string, n int) string {
	over := Columns(s) - n + 1
	switch {
	case over <= 1:
		return s
	case n <= 0:
		return ""
	}
	tail := s
	for over > 0 {
		r, size := utf8.DecodeRuneInString(tail)
		tail, over = tail[size:], over-runeWidth(r)
	}
	if i := strings.IndexByte(tail, '/'); i >= 0 && len(tail)-i > 4 {
		tail = tail[i:]
	}
	return "…" + tail
}

// Pad fills s up to n columns.
func Pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-Columns(s)))
}
