// Package buildlog reads what a build says while it runs, and why it failed: the
// rawjson of docker buildx. It imports engine and failure, and runs nothing.
package buildlog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Log reads what `docker buildx --progress rawjson` writes to stderr: a
// JSON object of BuildKit's SolveStatus a line, and plain words of buildx in
// between. It is an io.Writer for one writer; read it when that has ended.
// Source: moby/buildkit, client/graph.go.
type Log struct {
	note    func(engine.Note)
	last    engine.Note
	rest    []byte // of a line that has not ended
	steps   []*vertex
	byID    map[string]*vertex
	targets map[string]bool // prefixes of names: builds made at once
	plain   []string        // what buildx says beside JSON
	file    string          // of the Dockerfile lines that BuildKit printed
	line    int
	warned  map[string]bool
}

// New tells note of every change of what runs. It is called from
// Write.
func New(note func(engine.Note)) *Log {
	return &Log{note: note, byID: map[string]*vertex{}, targets: map[string]bool{}, warned: map[string]bool{}}
}

// solveStatus is one line of rawjson.
type solveStatus struct {
	Vertexes []struct {
		Digest, Name, Error string
		Inputs              []string
		Started, Completed  *time.Time
		Cached              bool
	}
	Statuses []struct {
		ID, Vertex     string
		Current, Total int64
	}
	Logs []struct {
		Vertex string
		Data   []byte
	}
	Warnings []struct {
		Vertex string
		Short  []byte
		Range  []struct{ Start struct{ Line int } }
	}
}

// Write takes lines, whole or in pieces. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.read(line)
		l.rest = rest
	}
}

func (l *Log) read(line []byte) {
	var s solveStatus
	if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &s) != nil {
		l.readPlain(string(line))
		return
	}
	for _, v := range s.Vertexes {
		of := l.vertex(v.Digest)
		if len(v.Inputs) > 0 {
			of.inputs = v.Inputs
		}
		of.update(l, v.Name, v.Error, v.Started, v.Completed, v.Cached)
	}
	for _, moved := range s.Statuses {
		l.vertex(moved.Vertex).move(moved.ID, moved.Current, moved.Total)
	}
	for _, text := range s.Logs {
		l.vertex(text.Vertex).print(text.Data)
	}
	for _, w := range s.Warnings {
		at := 0
		if len(w.Range) > 0 {
			at = w.Range[0].Start.Line
		}
		l.warn(at, string(w.Short))
	}
	for _, v := range s.Vertexes {
		l.show(l.byID[v.Digest])
	}
	for _, moved := range s.Statuses {
		l.show(l.byID[moved.Vertex])
	}
}

func (l *Log) vertex(id string) *vertex {
	v := l.byID[id]
	if v == nil {
		v = &vertex{moved: map[string]transfer{}}
		l.byID[id] = v
		l.steps = append(l.steps, v)
	}
	return v
}

// excerptHead is the first line of the Dockerfile's lines that a BuildKit of
// our days prints for a failed step. Source: moby/buildkit,
// solver/errdefs/source.go Print.
var excerptHead = lazyregexp.New(`^(.+):(\d+)$`)

// readPlain keeps buildx's words; the Dockerfile's lines are only a place.
func (l *Log) readPlain(line string) {
	line = strings.TrimRight(line, "\r ")
	if n := len(l.plain); strings.HasPrefix(line, "----") && n > 0 {
		if m := excerptHead.FindStringSubmatch(l.plain[n-1]); m != nil && l.line == 0 { // later dashes close an excerpt
			l.file = m[1]
			l.line, _ = strconv.Atoi(m[2]) // digits only
		}
	}
	if line != "" {
		l.plain = append(l.plain, line)
	}
}

// text is what buildx says last: the line of the error and those after it,
// without the prefix; "" when it names none.
func (l *Log) text() string {
	lines := l.plain
	if len(l.rest) > 0 {
		lines = append(lines[:len(lines):len(lines)], string(l.rest))
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if first, is := strings.CutPrefix(lines[i], "ERROR: "); is {
			return strings.Join(append([]string{first}, lines[i+1:]...), "\n")
		}
	}
	return ""
}
