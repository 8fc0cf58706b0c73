package dockerfile

import (
	"bytes"
	"slices"
	"strings"
)

// Line is a line of a Dockerfile for a report.
type Line struct {
	Number int    // from 1
	Text   string // without its end
	Marked bool   // the report is about this one
}

// Excerpt are the lines from and to, both from 1 and marked, with up to n
// before and after them. A range outside of the file gives what is inside it.
func (f *File) Excerpt(from, to, n int) []Line {
	lines := f.lines()
	to, n = max(from, to), max(n, 0)
	var excerpt []Line
	for number := max(from-n, 1); number <= min(to+n, len(lines)); number++ {
		excerpt = append(excerpt, Line{Number: number, Text: lines[number-1], Marked: from <= number && number <= to})
	}
	return excerpt
}

// Find is the first line, from 1, that holds a word; 0 where none does.
func (f *File) Find(word string) int {
	return slices.IndexFunc(f.lines(), func(line string) bool { return strings.Contains(line, word) }) + 1
}

// lines are those of the text, without their ends and a byte order mark.
func (f *File) lines() []string {
	text := string(bytes.TrimPrefix(f.text, []byte("\ufeff")))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}

// Instruction are the first and the last line of the instruction that holds a
// line; the line itself where none does.
func (f *File) Instruction(line int) (from, to int) {
	for _, s := range f.stages {
		for _, c := range s.Commands {
			lines := c.Location() // a range for each line
			if n := len(lines); n > 0 && lines[0].Start.Line <= line && line <= lines[n-1].End.Line {
				return lines[0].Start.Line, lines[n-1].End.Line
			}
		}
	}
	return line, line
}
