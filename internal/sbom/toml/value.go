package toml

import "strings"

// value reads a string, an array, an inline table, a truth or a Raw.
func (r *reader) value() any {
	if r.depth++; r.depth > maxDepth {
		r.fail("values lie too deep in each other")
	}
	defer func() { r.depth-- }()
	switch r.peek() {
	case '"', '\'':
		return r.str()
	case '[':
		return r.array()
	case '{':
		return r.inline()
	}
	return r.plain()
}

// array reads [ … ], over several lines as it may be.
func (r *reader) array() []any {
	r.at++
	list := []any{}
	for {
		r.skip()
		if r.accept("]") {
			return list
		}
		list = append(list, r.value())
		r.skip()
		if !r.accept(",") {
			r.expect("]")
			return list
		}
	}
}

// inline reads { … }.
func (r *reader) inline() Table {
	r.at++
	table := Table{}
	r.blanks()
	if r.accept("}") {
		return table
	}
	for {
		r.pair(table)
		r.blanks()
		if !r.accept(",") {
			r.expect("}")
			return table
		}
	}
}

// plain reads what has neither quotes nor brackets. A date and its time may
// have a blank between them.
func (r *reader) plain() any {
	text := r.word()
	if len(text) == len("2006-01-02") && strings.Count(text, "-") == 2 && r.peek() == ' ' && r.digitAt(r.at+1) {
		r.at++
		text += " " + r.word()
	}
	switch text {
	case "":
		r.fail("a value is missing")
	case "true":
		return true
	case "false":
		return false
	}
	if c := text[0]; !isNumberLike(c) && text != "inf" && text != "nan" {
		r.fail("%s is no value; a text wants quotes", text)
	}
	return Raw(text)
}

func isNumberLike(c byte) bool { return c >= '0' && c <= '9' || c == '+' || c == '-' }

func (r *reader) digitAt(i int) bool {
	return i < len(r.text) && r.text[i] >= '0' && r.text[i] <= '9'
}

func (r *reader) word() string {
	start := r.at
	for r.at < len(r.text) && (isBare(r.text[r.at]) || strings.IndexByte("+.:", r.text[r.at]) >= 0) {
		r.at++
	}
	return r.text[start:r.at]
}

// peek is the next byte; 0 at the end.
func (r *reader) peek() byte {
	if r.at >= len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) accept(what string) bool {
	if !strings.HasPrefix(r.text[r.at:], what) {
		return false
	}
	r.at += len(what)
	return true
}

func (r *reader) expect(what string) {
	if !r.accept(what) {
		r.fail("%s is missing", what)
	}
}

// blanks goes over blanks within a line.
func (r *reader) blanks() {
	for r.peek() == ' ' || r.peek() == '\t' {
		r.at++
	}
}

// skip goes over blanks, ends of lines and comments.
func (r *reader) skip() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		case '#':
			r.comment()
		default:
			return
		}
	}
}

func (r *reader) comment() {
	if end := strings.IndexByte(r.text[r.at:], '\n'); end >= 0 {
		r.at += end
	} else {
		r.at = len(r.text)
	}
}

// endOfLine is where a header or a pair has to end.
func (r *reader) endOfLine() {
	r.blanks()
	if r.peek() == '#' {
		r.comment()
	}
	if r.at < len(r.text) && !r.accept("\n") && !r.accept("\r\n") {
		r.fail("something stands behind the value")
	}
}
