package buildlog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

const keptLines = 20 // of a step's output

// Step is one instruction of a Dockerfile as BuildKit ran it.
type Step struct {
	Name       string // the instruction, arguments in the name filled in
	Stage      string // its name, stage-N without one, "" for the only one
	Target     string // the build, where several were made at once
	Platform   string // where the build has several
	Number, Of int    // its place in the stage
	Cached     bool
	Done       bool
	Took       time.Duration
	Err        string
	Output     []string // its last lines, at most 20
}

// Steps are the instructions in an order in which they can have run: each comes
// after what it needs. BuildKit 0.8 tells of them so, newer ones of the last first.
func (l *Log) Steps() []Step {
	var list []Step
	added := map[*vertex]bool{}
	var add func(v *vertex)
	add = func(v *vertex) {
		if v == nil || added[v] {
			return
		}
		added[v] = true
		for _, id := range v.inputs {
			add(l.byID[id])
		}
		if s, is := l.step(v); is {
			s.Output = v.lines()
			list = append(list, s)
		}
	}
	for _, v := range l.steps {
		add(v)
	}
	return list
}

// Counts are the steps that have ended, those of them that were cached, and
// all. FROM is none: it is a step for BuildKit, but nothing runs.
func (l *Log) Counts() (done, cached, total int) {
	for _, v := range l.steps {
		if len(v.parts) == 0 || strings.HasPrefix(v.parts[4], "FROM ") {
			continue
		}
		total++
		if v.ended() {
			done++
		}
		if v.cached {
			cached++
		}
	}
	return done, cached, total
}

// vertex is what BuildKit calls anything that it does.
type vertex struct {
	name, err          string
	parts              []string // of the name of an instruction, as numbered has them
	inputs             []string // digests of what it needs
	started, completed time.Time
	before             time.Duration // of earlier starts: one looks for the cache, one runs
	cached             bool
	moved              map[string]transfer
	output             []string
	open               bool // the last line of output has not ended
}

type transfer struct{ current, total int64 }

func (v *vertex) update(l *Log, name, failed string, started, completed *time.Time, cached bool) {
	if name != "" && name != v.name {
		v.name, v.parts = name, numbered.FindStringSubmatch(name)
	}
	if m := prefixed.FindStringSubmatch(name); m != nil {
		l.targets[m[1]] = true
	}
	if failed != "" {
		v.err = failed
	}
	v.cached = v.cached || cached
	if started != nil && !started.Equal(v.started) {
		v.before += v.took()
		v.started, v.completed = *started, time.Time{}
	}
	if completed != nil {
		v.completed = *completed
	}
}

func (v *vertex) ended() bool { return !v.completed.IsZero() && v.err == "" }

func (v *vertex) took() time.Duration {
	if v.completed.IsZero() || v.completed.Before(v.started) {
		return 0
	}
	return v.completed.Sub(v.started)
}

func (v *vertex) move(id string, current, total int64) { v.moved[id] = transfer{current, total} }

// terminalCode is what a program writes to colour or move on a terminal.
var terminalCode = lazyregexp.New(`\x1b\[[0-9;?]*[A-Za-z]`)

// print keeps the last lines as they came; BuildKit cuts the output anywhere.
func (v *vertex) print(data []byte) {
	for piece := range strings.Lines(string(data)) {
		if v.open {
			v.output[len(v.output)-1] += piece
		} else {
			v.output = append(v.output, piece)
		}
		v.open = !strings.HasSuffix(piece, "\n")
		line := &v.output[len(v.output)-1]
		*line = overdrawn(*line)
	}
	v.output = slices.Delete(v.output, 0, max(0, len(v.output)-keptLines))
}

// overdrawn leaves out what a line of progress has drawn over.
func overdrawn(line string) string {
	if at := strings.LastIndex(strings.TrimRight(line, "\r\n"), "\r"); at >= 0 {
		return line[at+1:]
	}
	return line
}

// lines are the output for a reader.
func (v *vertex) lines() []string {
	var list []string
	for _, line := range v.output {
		list = append(list, terminalCode.ReplaceAllString(strings.TrimRight(line, "\r\n"), ""))
	}
	return list
}

var (
	// numbered is the name of an instruction: [TARGET PLATFORM STAGE n/m] TEXT.
	numbered = lazyregexp.New(`(?s)^\[(?:([^\]]+) )?(\d+)/(\d+)\] (.*)$`)
	// prefixed is the name of what buildx does for one of several builds.
	prefixed = lazyregexp.New(`^\[(\S+) internal\] `)
)

// step is v as an instruction without its output, and whether it is one.
func (l *Log) step(v *vertex) (Step, bool) {
	m := v.parts
	if len(m) == 0 {
		return Step{}, false
	}
	s := Step{Name: m[4], Cached: v.cached, Done: v.ended(), Took: v.before + v.took(), Err: v.err}
	s.Number, _ = strconv.Atoi(m[2]) // digits only
	s.Of, _ = strconv.Atoi(m[3])
	for i, word := range strings.Fields(m[1]) {
		switch {
		case i == 0 && l.targets[word]:
			s.Target = word
		case strings.Contains(word, "/"):
			s.Platform = word
		default:
			s.Stage = word
		}
	}
	return s, true
}
