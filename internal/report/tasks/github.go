package tasks

import (
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// github writes a group a task, which GitHub folds, and behind it the annotations of
// what is wrong. There are no groups within groups: the output of the task that has run
// longest is written as it comes, that of those beside it when theirs is the turn.
type github struct {
	o     Options
	parts []*part // begun, and not yet written to the end; the first is open
	after string  // what comes when its group has ended
}

// part is the group of one task.
type part struct {
	name  string
	held  []string // lines that wait for their turn
	ended bool
	tail  string // what comes behind the group
}

func (g *github) started(name string) {
	g.parts = append(g.parts, &part{name: name})
	if len(g.parts) == 1 {
		g.open()
	}
}

func (g *github) lines(name string, shown []string) {
	i := g.find(name)
	if i == 0 {
		g.write(shown)
		return
	}
	g.parts[i].held = append(g.parts[i].held, shown...)
}

func (g *github) find(name string) int {
	return slices.IndexFunc(g.parts, func(p *part) bool { return p.name == name })
}

func (g *github) finished(r task.Result, read outputs.Result) {
	i := g.find(r.Task)
	if i < 0 { // its turn never came
		g.after += r.Task + ": " + sentence(r, g.o.Explain) + "\n"
		if len(g.parts) == 0 {
			g.rest()
		}
		return
	}
	g.parts[i].ended, g.parts[i].tail = true, r.Task+": "+sentence(r, g.o.Explain)+"\n"+annotations(r, read)
	for len(g.parts) > 0 && g.parts[0].ended {
		g.close()
		// Those that have ended come before the one that goes on.
		slices.SortStableFunc(g.parts, func(a, b *part) int { return rank(a) - rank(b) })
		if len(g.parts) > 0 {
			g.open()
		}
	}
}

func rank(p *part) int {
	if p.ended {
		return 0
	}
	return 1
}

func (g *github) open() {
	g.raw(report.GroupStart(g.parts[0].name))
	g.write(g.parts[0].held)
	g.parts[0].held = nil
}

func (g *github) close() {
	g.raw(report.GroupEnd + g.parts[0].tail)
	g.rest()
	g.parts = g.parts[1:]
}

func (g *github) rest() {
	g.raw(g.after)
	g.after = ""
}

// annotations are what a reader must see of a task.
func annotations(r task.Result, read outputs.Result) string {
	var b strings.Builder
	for _, f := range read.Findings {
		f.Message, f.Code = outputs.Text(f), r.Task
		b.WriteString(report.FindingAnnotation(f.File, f))
	}
	if r.Outcome == task.Failed && !finding.HasErrors(read.Findings) {
		b.WriteString(report.ErrorCommand(r.Task, sentence(r, false)))
	}
	return b.String()
}

// write writes lines of others. What one of them says to the runner as a command is
// its own business, but for the end of a group, which is ours.
func (g *github) write(shown []string) {
	for _, text := range shown {
		if command := strings.TrimSpace(text); strings.HasPrefix(command, "::group::") || strings.HasPrefix(command, "::endgroup::") {
			text = strings.ReplaceAll(text, "::", ": :")
		}
		g.raw(strings.TrimRight(text, "\r") + "\n")
	}
}

func (g *github) stop() {
	for len(g.parts) > 0 {
		g.close()
		if len(g.parts) > 0 {
			g.open()
		}
	}
}

func (g *github) raw(text string) { _, _ = io.WriteString(g.o.Err, text) }
