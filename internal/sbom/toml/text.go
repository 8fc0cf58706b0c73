package toml

import (
	"strconv"
	"strings"
)

// str reads a string of one of the four kinds.
func (r *reader) str() string {
	quote := r.text[r.at]
	fence := strings.Repeat(string(quote), 3)
	if r.accept(fence) {
		return r.fenced(quote, fence)
	}
	r.at++
	return r.quoted(quote)
}

// quoted reads up to the closing quote, in one line.
func (r *reader) quoted(quote byte) string {
	var b strings.Builder
	for {
		switch c := r.peek(); {
		case c == 0 || c == '\n':
			r.fail("a string does not end")
		case c == quote:
			r.at++
			return b.String()
		case c == '\\' && quote == '"':
			r.escape(&b)
		default:
			b.WriteByte(c)
			r.at++
		}
	}
}

// fenced reads up to three quotes. Up to two more may stand before them, which
// belong to the text; a line's end right behind the first three does not.
func (r *reader) fenced(quote byte, fence string) string {
	var b strings.Builder
	if !r.accept("\n") {
		r.accept("\r\n")
	}
	for {
		switch c := r.peek(); {
		case r.at >= len(r.text):
			r.fail("a string does not end")
		case c == quote && r.accept(fence):
			for range 2 {
				if r.accept(string(quote)) {
					b.WriteByte(quote)
				}
			}
			return b.String()
		case c == '\\' && quote == '"':
			if !r.continued() {
				r.escape(&b)
			}
		default:
			b.WriteByte(c)
			r.at++
		}
	}
}

// continued goes over a backslash at the end of a line and all blanks behind.
func (r *reader) continued() bool {
	rest := r.text[r.at+1:]
	line := strings.TrimLeft(rest, " \t\r")
	if !strings.HasPrefix(line, "\n") {
		return false
	}
	r.at = len(r.text) - len(strings.TrimLeft(line, " \t\r\n"))
	return true
}

// escape reads a backslash and what follows it.
func (r *reader) escape(b *strings.Builder) {
	r.at++
	c := r.peek()
	r.at++
	if i := strings.IndexByte(`btnfr"\`, c); c != 0 && i >= 0 {
		b.WriteByte("\b\t\n\f\r\"\\"[i])
		return
	}
	switch c {
	case 'u':
		b.WriteRune(r.point(4))
	case 'U':
		b.WriteRune(r.point(8))
	default:
		r.fail("an unknown escape in a string")
	}
}

// point reads a code point of n hexadecimal digits.
func (r *reader) point(n int) rune {
	if r.at+n > len(r.text) {
		r.fail("a string does not end")
	}
	code, err := strconv.ParseUint(r.text[r.at:r.at+n], 16, 32)
	if err != nil || code > 0x10ffff || code >= 0xd800 && code < 0xe000 {
		r.fail("no code point: %q", r.text[r.at:r.at+n])
	}
	r.at += n
	return rune(code)
}
