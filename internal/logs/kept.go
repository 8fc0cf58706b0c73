package logs

import (
	"bytes"
	"strings"
	"time"
)

// Encode is lines as a file keeps them: moment, stream and text, one a line. Of
// what is more than limit bytes, the oldest lines are left out.
func Encode(lines []Line, limit int) []byte {
	var list [][]byte
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		stream := " out "
		if lines[i].Stderr {
			stream = " err "
		}
		line := []byte(lines[i].Time.UTC().Format(time.RFC3339Nano) + stream + lines[i].Text + "\n")
		if size += len(line); size > limit {
			break
		}
		list = append(list, line)
	}
	var b bytes.Buffer
	for i := len(list) - 1; i >= 0; i-- {
		b.Write(list[i])
	}
	return b.Bytes()
}

// Decode reads what Encode wrote; a line that is none of its is left out.
func Decode(source string, data []byte) []Line {
	var list []Line
	for line := range strings.Lines(string(data)) {
		at, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		stream, text, found := strings.Cut(rest, " ")
		moment, err := time.Parse(time.RFC3339Nano, at)
		if err != nil || !found {
			continue
		}
		list = append(list, Line{Source: source, Time: moment, Text: text, Stderr: stream == "err"})
	}
	return list
}
