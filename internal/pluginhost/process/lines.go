package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxLine is where a line is cut, in bytes; what follows of it is dropped.
const maxLine = 64 << 10

var errFlooded = errors.New("flooded")

// lines makes log lines of a stream. hclog's JSON keeps its level, its name (the
// field "logger") and its fields; any other text has the stream's level, and the
// text of a Go panic is an error.
type lines struct {
	to        *output
	level     string
	buffer    []byte
	skipping  bool // the rest of a line that was cut
	panicking bool
}

func (o *output) lines(level string) *lines { return &lines{to: o, level: level} }

// Write takes any piece of the stream; memory is bounded by maxLine.
func (l *lines) Write(b []byte) (int, error) {
	if !l.to.allow(len(b), time.Now()) {
		l.to.flooded()
		return 0, errFlooded
	}
	for rest := b; len(rest) > 0; {
		piece, after, ended := bytes.Cut(rest, []byte{'\n'})
		l.take(piece)
		if ended {
			l.flush()
		}
		rest = after
	}
	return len(b), nil
}

func (l *lines) take(piece []byte) {
	if l.skipping {
		return
	}
	room := maxLine - len(l.buffer)
	l.skipping = len(piece) > room
	l.buffer = append(l.buffer, piece[:min(len(piece), room)]...)
}

func (l *lines) flush() {
	line := bytes.TrimRight(l.buffer, "\r")
	if len(line) > 0 {
		l.to.tell(l.parse(line))
	}
	l.buffer, l.skipping = l.buffer[:0], false
}

func (l *lines) parse(line []byte) (level, message string, fields map[string]string) {
	var entry map[string]any
	if line[0] == '{' && json.Unmarshal(line, &entry) == nil {
		if text, ok := entry["@message"].(string); ok {
			return l.known(entry["@level"]), clean(text), fieldsOf(entry)
		}
	}
	text := clean(string(line))
	l.panicking = l.panicking || strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ")
	if l.panicking {
		return "error", text, nil
	}
	return l.level, text, nil
}

// known is a level of hclog, or the stream's.
func (l *lines) known(level any) string {
	name, _ := level.(string)
	if slices.Contains([]string{"trace", "debug", "info", "warn", "error"}, name) {
		return name
	}
	return l.level
}

func fieldsOf(entry map[string]any) map[string]string {
	fields := map[string]string{}
	for key, value := range entry {
		switch key {
		case "@message", "@level", "@timestamp", "@caller":
		case "@module":
			fields["logger"] = clean(fmt.Sprint(value))
		default:
			fields[clean(key)] = clean(fmt.Sprint(value))
		}
	}
	return fields
}

// clean takes out what would move a terminal's cursor or colour it.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, text)
}

// cut is at most n bytes of text, whole characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
