package dotenv

import (
	"strings"
	"unicode"
)

// files are env files taken apart, in the order in which Compose reads them.
type files []file

type file struct {
	path    string
	entries []Entry
}

func parseFiles(list []File) files {
	var fs files
	for _, f := range list {
		fs = append(fs, file{f.Path, accepted(f.Text.Reveal())})
	}
	return fs
}

// accepted are the entries of a file. Unlike those of a Document, the entries
// with names that only Compose takes are Assignments, so that what is
// Malformed here is what Compose refuses.
func accepted(text string) []Entry {
	var list []Entry
	line := 1
	text = strings.TrimPrefix(text, ByteOrderMark)
	for text != "" {
		entry := firstEntry(text)
		if entry.Kind == Malformed {
			entry = oddlyNamed(text, entry)
		}
		if i := len(list); i > 0 && entry.Kind == Malformed && !startsLine(list[i-1].Text) {
			entry.Problem = afterQuote
		}
		entry.Line = line
		list = append(list, entry)
		line += strings.Count(entry.Text, "\n")
		text = text[len(entry.Text):]
	}
	return list
}

// oddlyNamed reads what Compose takes for a variable and nobody else does: a
// name that is empty, or has a tab in it. A NAME that ends the file without a
// line break is the value of a variable without a name. Everything else stays
// as it was.
func oddlyNamed(src string, malformed Entry) Entry {
	line := firstLine(src)
	start := len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
	start += exportLen(src[start:])
	length, problem := nameLen(src[start:])
	end := start + length
	name := strings.TrimRightFunc(src[start:end], unicode.IsSpace)
	switch {
	case problem != "" || end < len(src) && strings.Contains(name, " "), start == len(src):
		return malformed
	case end == len(src):
		return Entry{Kind: Assignment, Text: src, value: span{start, start + len(name)}}
	case src[end] == '\n':
		return Entry{Kind: Bare, Text: src[:end+1], Name: name}
	}
	return assignment(src, name, end+1)
}

// text is all files as one, in which Compose finds the same variables.
func (fs files) text() string {
	var b strings.Builder
	for i, f := range fs {
		for j, entry := range f.entries {
			isLast := j == len(f.entries)-1 && i < len(fs)-1 && !strings.HasSuffix(entry.Text, "\n")
			if isLast && entry.Kind == Assignment && entry.Name == "" && !strings.ContainsAny(entry.Text, "=:") {
				b.WriteString("=") // or the line break below made it a bare name
			}
			b.WriteString(entry.Text)
			if isLast {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}
